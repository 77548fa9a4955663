import type { Address } from '@solana/kit';

/** An account of the program: where it is, what it says, and the bytes that it says it with. */
export interface Listed<TData> {
    /** Its address. */
    readonly address: Address;
    /** Its contents. */
    readonly data: TData;
    /** Its bytes, as the margin engine reads them. */
    readonly bytes: Uint8Array;
}
