export default function Trade(_: unknown) { return <p>soon</p>; }
