// Hands a text to the browser as a file.

/** Downloads a text under a name. */
export function download(name: string, text: string, type: 'text/csv' | 'application/json'): void {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
}
