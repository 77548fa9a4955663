// Reading the fixed layouts that the program and the engine return: little-endian numbers without padding between them.
//
// A layout is the name of a number's type, `[layout, count]`, or an object of fields in their order.

const NUMBERS = {
    u8: [1, (view, at) => view.getUint8(at)],
    u16: [2, (view, at) => view.getUint16(at, true)],
    u32: [4, (view, at) => view.getUint32(at, true)],
    u64: [8, (view, at) => view.getBigUint64(at, true)],
    i64: [8, (view, at) => view.getBigInt64(at, true)],
};

/** Bytes of a layout. */
export function sizeOf(layout) {
    if (typeof layout === 'string') return NUMBERS[layout][0];
    if (Array.isArray(layout)) return sizeOf(layout[0]) * layout[1];
    return Object.values(layout).reduce((sum, field) => sum + sizeOf(field), 0);
}

function read(view, at, layout) {
    if (typeof layout === 'string') return NUMBERS[layout][1](view, at);
    if (Array.isArray(layout)) {
        const [item, count] = layout;
        return Array.from({ length: count }, (_, place) => read(view, at + place * sizeOf(item), item));
    }
    const structure = {};
    for (const [name, field] of Object.entries(layout)) {
        structure[name] = read(view, at, field);
        at += sizeOf(field);
    }
    return structure;
}

/** Reads one structure after the other. */
export function readAll(bytes, layout) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const size = sizeOf(layout);
    return Array.from({ length: bytes.length / size }, (_, place) => read(view, place * size, layout));
}

/** Reads a structure whose first byte is its version. What the chain returned lacks the trailing zeros. */
export function readVersion(bytes, layout, version, what) {
    const size = sizeOf(layout);
    if (bytes.length > size) throw new RangeError(`a ${what} has at most ${size} bytes, these are ${bytes.length}`);
    const whole = new Uint8Array(size);
    whole.set(bytes);
    if (whole[0] !== version) {
        throw new RangeError(`the ${what} has layout ${whole[0]}, this module reads layout ${version}`);
    }
    return read(new DataView(whole.buffer), 0, layout);
}
