import type { ScreenProps } from '../App.js';
export default function Trade(_: ScreenProps) { return <p>soon</p>; }
