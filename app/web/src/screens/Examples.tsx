export default function Examples(_: unknown) { return <p>soon</p>; }
