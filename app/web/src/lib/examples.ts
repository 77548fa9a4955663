// The example books of the repository, as they are there.

import americanText from '../../../../examples/books/american.json?raw';
import calendarText from '../../../../examples/books/calendar.json?raw';
import collateralText from '../../../../examples/books/collateral-mix.json?raw';
import coveredText from '../../../../examples/books/covered-call.json?raw';
import crossText from '../../../../examples/books/cross-asset-pair.json?raw';
import condorText from '../../../../examples/books/iron-condor.json?raw';
import butterflyText from '../../../../examples/books/near-expiry-butterfly.json?raw';
import straddleText from '../../../../examples/books/straddle-with-perpetual.json?raw';
import workedText from '../../../../examples/books/worked-example.json?raw';

/** An example book. */
export interface Example {
    readonly name: string;
    /** JSON. */
    readonly text: string;
}

/** The books. */
export const EXAMPLES: readonly Example[] = [
    { name: 'Worked example', text: workedText },
    { name: 'Iron condor', text: condorText },
    { name: 'Covered call', text: coveredText },
    { name: 'Straddle with perpetual', text: straddleText },
    { name: 'Calendar', text: calendarText },
    { name: 'Two assets', text: crossText },
    { name: 'Mixed collateral', text: collateralText },
    { name: 'Butterfly near expiry', text: butterflyText },
    { name: 'American options', text: americanText },
];
