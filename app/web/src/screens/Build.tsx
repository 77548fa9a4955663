export default function Build(_: unknown) { return <p>soon</p>; }
