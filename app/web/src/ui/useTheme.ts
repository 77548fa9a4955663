import { useLayoutEffect, useState } from 'react';

/** How the page is lit: as the system is, or as somebody chose. */
export type Theme = 'system' | 'light' | 'dark';

const KEY = 'ballast-theme';

/** The theme, and how to choose another. */
export function useTheme(): [Theme, (theme: Theme) => void] {
    const [theme, setTheme] = useState<Theme>(() => {
        const stored = localStorage.getItem(KEY);
        return stored === 'light' || stored === 'dark' ? stored : 'system';
    });
    // Before anything is painted.
    useLayoutEffect(() => {
        const system = matchMedia('(prefers-color-scheme: dark)');
        const apply = () => {
            const isDark = theme === 'dark' || (theme === 'system' && system.matches);
            document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
        };
        apply();
        system.addEventListener('change', apply);
        return () => system.removeEventListener('change', apply);
    }, [theme]);
    const choose = (next: Theme) => {
        if (next === 'system') localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, next);
        setTheme(next);
    };
    return [theme, choose];
}
