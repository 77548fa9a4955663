/** A local Solana network with a seeded Ballast exchange, for tools, tests and people. */

export { connectTo, sendInstructions, type Connection, type Endpoints } from './connection.js';
export { descriptionFile, keyFile, writeNetwork } from './files.js';
export { postSurfaces, type Housekeeping } from './housekeeping.js';
export { strikesAround } from './listing.js';
export { startLocalNetwork, type LocalNetwork, type LocalNetworkOptions, type NetworkDescription } from './network.js';
export { csv, script, steady, walk, type PricePath, type Prices, type WalkOptions } from './paths.js';
export { PriceServer } from './prices.js';
export { feedAccount, feedId, priceAccount, quoteOf, type Quote } from './pyth.js';
export { freePorts, servicePorts, startServices, type ServiceOptions, type Services } from './services.js';
export { STANDARD, type Standard } from './standard.js';
export { surfaceOf, type Smile, type Surface } from './surface.js';
export { Cheatcodes, startEmbedded, type EmbeddedNetwork } from './surfnet.js';
export { TRADERS, type TraderPlan } from './traders.js';
export { forward, listen } from './forward.js';
export { readSigner, walletOf, writeKey, type Wallet } from './wallets.js';
