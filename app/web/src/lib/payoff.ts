// What a book pays when its first expiry comes: arithmetic of strikes, without any model.

/** A position that ends at the first expiry. Prices in USD, as charts have them. */
export interface Ending {
    readonly kind: 'future' | 'call' | 'put';
    /** Units, negative when sold. */
    readonly quantity: number;
    readonly strike: number;
    /** USD: what a future has paid and received so far. */
    readonly ledger: number;
}

/** What positions pay out at a settlement price, USD. */
export function payoutAt(price: number, endings: readonly Ending[]): number {
    return endings.reduce((sum, { kind, quantity, strike, ledger }) => {
        if (kind === 'future') return sum + quantity * price + ledger;
        const intrinsic = Math.max(0, kind === 'call' ? price - strike : strike - price);
        return sum + quantity * intrinsic;
    }, 0);
}

/** Where a line crosses zero, between the points that it is known at. */
export function zeros(xs: readonly number[], values: readonly (number | null)[]): number[] {
    return xs.slice(1).flatMap((right, index) => {
        const [left, a, b] = [xs[index], values[index], values[index + 1]];
        if (left === undefined || a === null || b === null || a === undefined || b === undefined) return [];
        if (a === 0 || a < 0 === b < 0) return [];
        return [left + ((right - left) * a) / (a - b)];
    });
}
