// Lines over an axis of prices, with a cursor that reads the values out: by pointer or, once focused, by arrow keys.

import { ticks } from 'd3-array';
import { line } from 'd3-shape';
import { useEffect, useId, useMemo, useRef, useState } from 'react';

/** One line. */
export interface Series {
    readonly name: string;
    /** A colour of the theme, such as `--series-1`. */
    readonly colour: string;
    /** Heights; null where there is none. */
    readonly values: readonly (number | null)[];
    /** SVG's dash pattern, so that lines differ without their colours. */
    readonly dash?: string;
}

/** A place on the axis that has a name. */
export interface Mark {
    readonly at: number;
    readonly words: string;
}

const MARGIN = { top: 16, right: 24, bottom: 24, left: 58 };

/** From one range to another, in a straight line. */
function linear([from, to]: readonly [number, number], [low, high]: readonly [number, number]) {
    return (value: number) => low + ((value - from) / (to - from || 1)) * (high - low);
}

/** Draws series over `xs`. */
export function LineChart(props: {
    label: string;
    xs: readonly number[];
    series: readonly Series[];
    marks?: readonly Mark[];
    formatX: (x: number) => string;
    formatY: (y: number) => string;
    height?: number;
}) {
    const { xs, series, marks = [], formatX, formatY, height = 260 } = props;
    const [width, frame] = useWidth();
    const [cursor, setCursor] = useState<number>();
    const clip = useId();
    const all = useMemo(() => series.flatMap(({ values }) => values.filter((value) => value !== null)), [series]);
    const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
    const room = (high - low || 1) * 0.06;
    const [left, right, top, bottom] = [
        MARGIN.left,
        Math.max(width - MARGIN.right, MARGIN.left + 1),
        MARGIN.top,
        height - MARGIN.bottom,
    ];
    const [first, last] = [xs[0] ?? 0, xs.at(-1) ?? 1];
    const x = linear([first, last], [left, right]);
    const y = linear([low - room, high + room], [bottom, top]);
    const path = (values: Series['values']) =>
        line<number | null>()
            .defined((value) => value !== null)
            .x((_, index) => x(xs[index] ?? 0))
            .y((value) => y(value ?? 0))([...values]) ?? '';
    const nearest = (clientX: number, box: DOMRect) => {
        const at = linear([left, right], [first, last])(clientX - box.left);
        return xs.reduce(
            (best, value, index) => (Math.abs(value - at) < Math.abs((xs[best] ?? 0) - at) ? index : best),
            0,
        );
    };
    const step = (by: number) =>
        setCursor((at = Math.floor(xs.length / 2)) => Math.min(xs.length - 1, Math.max(0, at + by)));
    const at = cursor === undefined ? undefined : xs[cursor];
    return (
        <figure style={{ margin: 0 }} ref={frame}>
            <div className="chart-legend" aria-live="polite">
                {series.map(({ name, colour, dash, values }) => {
                    const value = cursor === undefined ? undefined : values[cursor];
                    return (
                        <span className="key" key={name}>
                            <svg width="22" height="8" aria-hidden="true">
                                <line
                                    x1="0"
                                    x2="22"
                                    y1="4"
                                    y2="4"
                                    stroke={`var(${colour})`}
                                    strokeWidth="2"
                                    strokeDasharray={dash}
                                />
                            </svg>
                            {name}
                            {value !== undefined && value !== null && <strong>{formatY(value)}</strong>}
                        </span>
                    );
                })}
                {at !== undefined && <span className="muted">at {formatX(at)}</span>}
            </div>
            <svg
                className="chart"
                height={height}
                viewBox={`0 0 ${width} ${height}`}
                role="img"
                aria-label={props.label}
                tabIndex={0}
                onPointerMove={(event) =>
                    setCursor(nearest(event.clientX, event.currentTarget.getBoundingClientRect()))
                }
                onPointerLeave={() => setCursor(undefined)}
                onBlur={() => setCursor(undefined)}
                onKeyDown={(event) => {
                    if (event.key === 'ArrowLeft') step(-1);
                    else if (event.key === 'ArrowRight') step(1);
                    else return;
                    event.preventDefault();
                }}
            >
                <clipPath id={clip}>
                    <rect x={left} y={0} width={right - left} height={height} />
                </clipPath>
                {ticks(low - room, high + room, 5).map((value) => (
                    <g key={value}>
                        <line
                            className={value === 0 ? 'zero' : 'grid'}
                            x1={left}
                            x2={right}
                            y1={y(value)}
                            y2={y(value)}
                        />
                        <text x={left - 8} y={y(value)} dy="0.32em" textAnchor="end">
                            {formatY(value)}
                        </text>
                    </g>
                ))}
                {ticks(first, last, Math.max(2, Math.floor(width / 110))).map((value) => (
                    <text key={value} x={x(value)} y={height - 6} textAnchor="middle">
                        {formatX(value)}
                    </text>
                ))}
                {marks.map(({ at: place, words }, index) => (
                    <g key={`${words}${place}`}>
                        <line className="mark" x1={x(place)} x2={x(place)} y1={top} y2={bottom} />
                        <text
                            className="mark-text"
                            x={x(place) + (x(place) > width * 0.75 ? -5 : 5)}
                            y={top + 8 + (index % 3) * 13}
                            textAnchor={x(place) > width * 0.75 ? 'end' : 'start'}
                        >
                            {words}
                        </text>
                    </g>
                ))}
                <g clipPath={`url(#${clip})`}>
                    {series.map(({ name, colour, dash, values }) => (
                        <path
                            key={name}
                            className="line"
                            d={path(values)}
                            stroke={`var(${colour})`}
                            strokeDasharray={dash}
                        />
                    ))}
                </g>
                {at !== undefined && (
                    <g>
                        <line className="cursor" x1={x(at)} x2={x(at)} y1={top} y2={bottom} />
                        {series.map(({ name, colour, values }) => {
                            const value = values[cursor ?? 0];
                            return value === null || value === undefined ? null : (
                                <circle key={name} cx={x(at)} cy={y(value)} r="3.5" fill={`var(${colour})`} />
                            );
                        })}
                    </g>
                )}
            </svg>
        </figure>
    );
}

function useWidth() {
    const frame = useRef<HTMLElement>(null);
    const [width, setWidth] = useState(640);
    useEffect(() => {
        const element = frame.current;
        if (!element) return;
        const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, entry.contentRect.width)));
        observer.observe(element);
        return () => observer.disconnect();
    }, []);
    return [width, frame] as const;
}
