export default function Monitor(_: unknown) { return <p>soon</p>; }
