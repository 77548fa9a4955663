// Moving the local network's prices, to see what margins make of it.

import { fromTicks, marketName, type ExchangeState } from '@ballast/client';
import { useState } from 'react';

import { decimal, fixed } from '../lib/format.js';
import { Panel } from '../ui/parts.js';
import { hold, release } from './prices.js';

const STEPS = [-0.2, -0.05, 0.05, 0.2];

/** The panel. */
export default function PriceControls({ state }: { state: ExchangeState }) {
    const [said, setSaid] = useState('');
    const base = new URL('.', location.href).href;
    const tell = async (prices: Promise<unknown>, words: string) => {
        try {
            await prices;
            setSaid(words);
        } catch (error) {
            setSaid(error instanceof Error ? error.message : String(error));
        }
    };
    return (
        <Panel title="Move the market" actions={<span className="note">local network only</span>}>
            <div className="stack" style={{ gap: 8 }}>
                {[...state.markets.values()].map(({ data }) => {
                    const name = marketName(data);
                    const index = Number(fromTicks(data, data.price));
                    return (
                        <div className="row center" key={name} role="group" aria-label={`Price of ${name}`}>
                            <strong style={{ width: 36 }}>{name}</strong>
                            <span className="number" style={{ width: 92, textAlign: 'right' }}>
                                {fixed(data.price, data.priceDecimals, { digits: 2 })}
                            </span>
                            {STEPS.map((step) => {
                                const words = `${decimal(step * 100, { digits: 0, signed: true })} %`;
                                return (
                                    <button
                                        key={step}
                                        type="button"
                                        className="button small"
                                        aria-label={`Move ${name} by ${words}`}
                                        onClick={() =>
                                            void tell(
                                                hold(base, { [name]: Number((index * (1 + step)).toFixed(4)) }),
                                                `${name} ${words}, held there.`,
                                            )
                                        }
                                    >
                                        {words}
                                    </button>
                                );
                            })}
                        </div>
                    );
                })}
                <div className="row center">
                    <button
                        type="button"
                        className="button small"
                        onClick={() => void tell(release(base), 'Prices follow their path again.')}
                    >
                        Let prices go
                    </button>
                    <span className="note" role="status">
                        {said}
                    </span>
                </div>
            </div>
        </Panel>
    );
}
