/**
 * TypeScript client of Ballast.
 *
 * Reading (`fetchExchangeState`, `fetchMarginAccount`, `watchMarginAccount`), previewing (`assess`, `previewTrade`),
 * acting (`openAccount`, `deposit`, `withdraw`, `refresh`, `trade`), sending (`buildTransaction`, `send`), and making
 * sense of what comes back (`explainError`, `readEvents`). Everything that the program has, generated from its interface
 * description, is exported as well.
 */

export * from './generated/index.js';
export { BALLAST_EVENTS, type BallastEvent } from './generated/events.js';

export {
    MODES,
    decodeMarginAccountBytes,
    fetchMarginAccount,
    fetchMarginAccounts,
    findMarginAccount,
    watchMarginAccount,
    type MarginAccountKey,
    type Mode,
} from './accounts.js';
export {
    deposit,
    inOrder,
    openAccount,
    refresh,
    trade,
    unwrapSol,
    withAccounts,
    withdraw,
    wrapSol,
    type Action,
    type Trade,
    type Trader,
} from './actions.js';
export { checkAccounts, checkedSources, type CheckedSources } from './check.js';
export {
    POSITION_KINDS,
    findOption,
    future,
    heldPositions,
    listedExpiries,
    listedOptions,
    perpetual,
    type HeldPosition,
    type Leg,
    type ListedExpiry,
    type ListedOption,
    type OptionKind,
} from './contracts.js';
export {
    INSTRUCTION_UNITS,
    MAX_COMPUTE_UNITS,
    checkComputeUnits,
    checkShape,
    tradeComputeUnits,
    type CheckShape,
} from './cost.js';
export { RefusedError, explainError, messageOf } from './errors.js';
export { fetchEvents, readEvents, watchEvents, type ObservedEvent } from './events.js';
export {
    fetchLiquidations,
    type LiquidationRequest,
    type LiquidationStep,
    type LiquidationTransaction,
} from './liquidations.js';
export type { Listed } from './listed.js';
export { assess, previewTrade, simulate, type PreviewRpc, type Simulation, type TradePreview } from './margin.js';
export { contractMarks, markOf } from './marks.js';
export { matchOrders, matchQuote, type MatchedOrder, type OwnOrder, type TakenQuote } from './matching.js';
export {
    cancelOrders,
    cancelPlacedOrder,
    fetchPlacedOrders,
    nextNonce,
    openOrderRecords,
    placeOrder,
    readOrderRecords,
    remainsOf,
    type OrderRemains,
    type PlacedOrderAccount,
} from './order-accounts.js';
export { orderText } from './order-text.js';
export {
    ANY_FEE,
    decodeOrder,
    encodeOrder,
    orderId,
    signOrder,
    verifyOrder,
    type Order,
    type OrderLeg,
    type SignedOrder,
} from './orders.js';
export { PYTH_PUSH_PROGRAM, findPriceAccount } from './prices.js';
export {
    RelayError,
    packageOf,
    requestQuotes,
    submitOrder,
    takingOrder,
    type PackageLeg,
    type RelayFill,
    type RelayOutcome,
    type RelayQuote,
} from './relay.js';
export {
    fetchExchangeState,
    findBank,
    findMarket,
    marketName,
    refetchExchangeState,
    type ExchangeState,
    type Moment,
    type StateRpc,
} from './state.js';
export { NATIVE_SOL, findTokenAccount, type Token } from './tokens.js';
export {
    buildTransaction,
    recentPriorityFee,
    send,
    type BuildingRpc,
    type SendingNetwork,
    type TransactionPlan,
} from './transactions.js';
export { fromLots, fromMicroUsd, fromNative, fromTicks, toLots, toMicroUsd, toNative, toTicks } from './units.js';
export { messageSignerFromWallet, signerFromWallet, type WalletAccountLike, type WalletLike } from './wallet.js';
