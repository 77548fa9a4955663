import type { ScreenProps } from '../App.js';
export default function Monitor(_: ScreenProps) { return <p>soon</p>; }
