/**
 * Which events the program writes to its log, and how each is read.
 *
 * This file is generated; `cargo xtask client` makes it anew.
 */

import {
    getAccountChangedDecoder,
    type AccountChanged,
    getAccountClosedDecoder,
    type AccountClosed,
    getAccountMigratedDecoder,
    type AccountMigrated,
    getAccountOpenedDecoder,
    type AccountOpened,
    getBankClosingBeganDecoder,
    type BankClosingBegan,
    getBankCreatedDecoder,
    type BankCreated,
    getBankRemovedDecoder,
    type BankRemoved,
    getBankruptcyRecordedDecoder,
    type BankruptcyRecorded,
    getBankruptcyResolvedDecoder,
    type BankruptcyResolved,
    getChangeCancelledDecoder,
    type ChangeCancelled,
    getChangeProposedDecoder,
    type ChangeProposed,
    getCollateralMovedDecoder,
    type CollateralMoved,
    getDebtChangedDecoder,
    type DebtChanged,
    getDelegateChangedDecoder,
    type DelegateChanged,
    getExchangeCreatedDecoder,
    type ExchangeCreated,
    getExpiryCreatedDecoder,
    type ExpiryCreated,
    getExpiryRemovedDecoder,
    type ExpiryRemoved,
    getExpirySettledDecoder,
    type ExpirySettled,
    getFeesCollectedDecoder,
    type FeesCollected,
    getFundingAccruedDecoder,
    type FundingAccrued,
    getGroupCreatedDecoder,
    type GroupCreated,
    getLegFilledDecoder,
    type LegFilled,
    getLendingChangedDecoder,
    type LendingChanged,
    getLiquidatedDecoder,
    type Liquidated,
    getListingOpenedDecoder,
    type ListingOpened,
    getMarketClosingBeganDecoder,
    type MarketClosingBegan,
    getMarketCreatedDecoder,
    type MarketCreated,
    getMarketRemovedDecoder,
    type MarketRemoved,
    getOrderFilledDecoder,
    type OrderFilled,
    getOrderPlacedDecoder,
    type OrderPlaced,
    getOrderRecordsClosedDecoder,
    type OrderRecordsClosed,
    getOrderRecordsOpenedDecoder,
    type OrderRecordsOpened,
    getOrderRemovedDecoder,
    type OrderRemoved,
    getOrdersCancelledDecoder,
    type OrdersCancelled,
    getParameterChangedDecoder,
    type ParameterChanged,
    getPausedDecoder,
    type Paused,
    getPerpetualBasisPostedDecoder,
    type PerpetualBasisPosted,
    getPnlSettledDecoder,
    type PnlSettled,
    getPriceRefreshedDecoder,
    type PriceRefreshed,
    getPriceRefusedDecoder,
    type PriceRefused,
    getRoleProposalCancelledDecoder,
    type RoleProposalCancelled,
    getRoleProposedDecoder,
    type RoleProposed,
    getRoleTakenDecoder,
    type RoleTaken,
    getSeriesCreatedDecoder,
    type SeriesCreated,
    getSettlementFixedDecoder,
    type SettlementFixed,
    getStakeClosedDecoder,
    type StakeClosed,
    getStakeOpenedDecoder,
    type StakeOpened,
    getStakedDecoder,
    type Staked,
    getSurfacePostedDecoder,
    type SurfacePosted,
    getTradedDecoder,
    type Traded,
    getUnstakeRequestedDecoder,
    type UnstakeRequested,
    getUnstakedDecoder,
    type Unstaked,
} from './types/index.js';

/** An event of the program, by its name. */
export type BallastEvent =
    | ({ readonly name: 'AccountChanged' } & AccountChanged)
    | ({ readonly name: 'AccountClosed' } & AccountClosed)
    | ({ readonly name: 'AccountMigrated' } & AccountMigrated)
    | ({ readonly name: 'AccountOpened' } & AccountOpened)
    | ({ readonly name: 'BankClosingBegan' } & BankClosingBegan)
    | ({ readonly name: 'BankCreated' } & BankCreated)
    | ({ readonly name: 'BankRemoved' } & BankRemoved)
    | ({ readonly name: 'BankruptcyRecorded' } & BankruptcyRecorded)
    | ({ readonly name: 'BankruptcyResolved' } & BankruptcyResolved)
    | ({ readonly name: 'ChangeCancelled' } & ChangeCancelled)
    | ({ readonly name: 'ChangeProposed' } & ChangeProposed)
    | ({ readonly name: 'CollateralMoved' } & CollateralMoved)
    | ({ readonly name: 'DebtChanged' } & DebtChanged)
    | ({ readonly name: 'DelegateChanged' } & DelegateChanged)
    | ({ readonly name: 'ExchangeCreated' } & ExchangeCreated)
    | ({ readonly name: 'ExpiryCreated' } & ExpiryCreated)
    | ({ readonly name: 'ExpiryRemoved' } & ExpiryRemoved)
    | ({ readonly name: 'ExpirySettled' } & ExpirySettled)
    | ({ readonly name: 'FeesCollected' } & FeesCollected)
    | ({ readonly name: 'FundingAccrued' } & FundingAccrued)
    | ({ readonly name: 'GroupCreated' } & GroupCreated)
    | ({ readonly name: 'LegFilled' } & LegFilled)
    | ({ readonly name: 'LendingChanged' } & LendingChanged)
    | ({ readonly name: 'Liquidated' } & Liquidated)
    | ({ readonly name: 'ListingOpened' } & ListingOpened)
    | ({ readonly name: 'MarketClosingBegan' } & MarketClosingBegan)
    | ({ readonly name: 'MarketCreated' } & MarketCreated)
    | ({ readonly name: 'MarketRemoved' } & MarketRemoved)
    | ({ readonly name: 'OrderFilled' } & OrderFilled)
    | ({ readonly name: 'OrderPlaced' } & OrderPlaced)
    | ({ readonly name: 'OrderRecordsClosed' } & OrderRecordsClosed)
    | ({ readonly name: 'OrderRecordsOpened' } & OrderRecordsOpened)
    | ({ readonly name: 'OrderRemoved' } & OrderRemoved)
    | ({ readonly name: 'OrdersCancelled' } & OrdersCancelled)
    | ({ readonly name: 'ParameterChanged' } & ParameterChanged)
    | ({ readonly name: 'Paused' } & Paused)
    | ({ readonly name: 'PerpetualBasisPosted' } & PerpetualBasisPosted)
    | ({ readonly name: 'PnlSettled' } & PnlSettled)
    | ({ readonly name: 'PriceRefreshed' } & PriceRefreshed)
    | ({ readonly name: 'PriceRefused' } & PriceRefused)
    | ({ readonly name: 'RoleProposalCancelled' } & RoleProposalCancelled)
    | ({ readonly name: 'RoleProposed' } & RoleProposed)
    | ({ readonly name: 'RoleTaken' } & RoleTaken)
    | ({ readonly name: 'SeriesCreated' } & SeriesCreated)
    | ({ readonly name: 'SettlementFixed' } & SettlementFixed)
    | ({ readonly name: 'StakeClosed' } & StakeClosed)
    | ({ readonly name: 'StakeOpened' } & StakeOpened)
    | ({ readonly name: 'Staked' } & Staked)
    | ({ readonly name: 'SurfacePosted' } & SurfacePosted)
    | ({ readonly name: 'Traded' } & Traded)
    | ({ readonly name: 'UnstakeRequested' } & UnstakeRequested)
    | ({ readonly name: 'Unstaked' } & Unstaked);

/** The eight bytes that each event begins with, and the decoder of what follows. */
export const BALLAST_EVENTS = {
    AccountChanged: { discriminator: [183, 191, 16, 59, 91, 104, 1, 7], decoder: getAccountChangedDecoder },
    AccountClosed: { discriminator: [19, 250, 79, 236, 91, 80, 148, 48], decoder: getAccountClosedDecoder },
    AccountMigrated: { discriminator: [153, 121, 252, 128, 30, 241, 166, 101], decoder: getAccountMigratedDecoder },
    AccountOpened: { discriminator: [250, 89, 39, 67, 35, 119, 126, 63], decoder: getAccountOpenedDecoder },
    BankClosingBegan: { discriminator: [190, 76, 210, 196, 9, 47, 117, 70], decoder: getBankClosingBeganDecoder },
    BankCreated: { discriminator: [190, 21, 118, 251, 227, 119, 197, 129], decoder: getBankCreatedDecoder },
    BankRemoved: { discriminator: [82, 176, 177, 104, 223, 25, 162, 159], decoder: getBankRemovedDecoder },
    BankruptcyRecorded: {
        discriminator: [163, 138, 252, 170, 108, 221, 168, 131],
        decoder: getBankruptcyRecordedDecoder,
    },
    BankruptcyResolved: { discriminator: [94, 86, 196, 195, 106, 72, 227, 169], decoder: getBankruptcyResolvedDecoder },
    ChangeCancelled: { discriminator: [139, 179, 97, 81, 214, 21, 119, 93], decoder: getChangeCancelledDecoder },
    ChangeProposed: { discriminator: [170, 10, 10, 8, 244, 196, 146, 151], decoder: getChangeProposedDecoder },
    CollateralMoved: { discriminator: [54, 113, 80, 108, 2, 191, 63, 112], decoder: getCollateralMovedDecoder },
    DebtChanged: { discriminator: [6, 170, 175, 28, 54, 51, 173, 114], decoder: getDebtChangedDecoder },
    DelegateChanged: { discriminator: [225, 147, 224, 43, 247, 130, 101, 91], decoder: getDelegateChangedDecoder },
    ExchangeCreated: { discriminator: [0, 50, 0, 190, 87, 189, 99, 3], decoder: getExchangeCreatedDecoder },
    ExpiryCreated: { discriminator: [137, 192, 217, 75, 194, 252, 94, 251], decoder: getExpiryCreatedDecoder },
    ExpiryRemoved: { discriminator: [248, 180, 232, 198, 95, 31, 19, 52], decoder: getExpiryRemovedDecoder },
    ExpirySettled: { discriminator: [251, 101, 239, 69, 87, 205, 61, 222], decoder: getExpirySettledDecoder },
    FeesCollected: { discriminator: [233, 23, 117, 225, 107, 178, 254, 8], decoder: getFeesCollectedDecoder },
    FundingAccrued: { discriminator: [245, 38, 158, 236, 129, 195, 123, 235], decoder: getFundingAccruedDecoder },
    GroupCreated: { discriminator: [132, 94, 184, 198, 77, 165, 13, 26], decoder: getGroupCreatedDecoder },
    LegFilled: { discriminator: [40, 75, 30, 28, 158, 143, 152, 226], decoder: getLegFilledDecoder },
    LendingChanged: { discriminator: [52, 157, 121, 239, 10, 96, 244, 171], decoder: getLendingChangedDecoder },
    Liquidated: { discriminator: [231, 57, 55, 75, 0, 170, 246, 68], decoder: getLiquidatedDecoder },
    ListingOpened: { discriminator: [136, 73, 12, 99, 154, 71, 139, 246], decoder: getListingOpenedDecoder },
    MarketClosingBegan: { discriminator: [95, 14, 133, 225, 224, 183, 204, 61], decoder: getMarketClosingBeganDecoder },
    MarketCreated: { discriminator: [88, 184, 130, 231, 226, 84, 6, 58], decoder: getMarketCreatedDecoder },
    MarketRemoved: { discriminator: [216, 73, 177, 100, 76, 12, 211, 140], decoder: getMarketRemovedDecoder },
    OrderFilled: { discriminator: [120, 124, 109, 66, 249, 116, 174, 30], decoder: getOrderFilledDecoder },
    OrderPlaced: { discriminator: [96, 130, 204, 234, 169, 219, 216, 227], decoder: getOrderPlacedDecoder },
    OrderRecordsClosed: { discriminator: [25, 166, 1, 3, 220, 70, 95, 102], decoder: getOrderRecordsClosedDecoder },
    OrderRecordsOpened: { discriminator: [146, 92, 245, 18, 219, 39, 238, 195], decoder: getOrderRecordsOpenedDecoder },
    OrderRemoved: { discriminator: [84, 155, 121, 142, 240, 235, 144, 23], decoder: getOrderRemovedDecoder },
    OrdersCancelled: { discriminator: [7, 134, 210, 3, 65, 222, 254, 188], decoder: getOrdersCancelledDecoder },
    ParameterChanged: { discriminator: [223, 172, 255, 245, 141, 19, 154, 135], decoder: getParameterChangedDecoder },
    Paused: { discriminator: [172, 248, 5, 253, 49, 255, 255, 232], decoder: getPausedDecoder },
    PerpetualBasisPosted: {
        discriminator: [137, 95, 141, 127, 51, 189, 182, 77],
        decoder: getPerpetualBasisPostedDecoder,
    },
    PnlSettled: { discriminator: [24, 113, 104, 254, 135, 46, 95, 203], decoder: getPnlSettledDecoder },
    PriceRefreshed: { discriminator: [64, 39, 28, 72, 53, 221, 84, 139], decoder: getPriceRefreshedDecoder },
    PriceRefused: { discriminator: [104, 227, 88, 246, 136, 55, 155, 216], decoder: getPriceRefusedDecoder },
    RoleProposalCancelled: {
        discriminator: [142, 86, 139, 208, 226, 136, 163, 249],
        decoder: getRoleProposalCancelledDecoder,
    },
    RoleProposed: { discriminator: [168, 105, 155, 70, 211, 61, 123, 252], decoder: getRoleProposedDecoder },
    RoleTaken: { discriminator: [127, 222, 30, 38, 92, 240, 132, 14], decoder: getRoleTakenDecoder },
    SeriesCreated: { discriminator: [2, 164, 54, 38, 24, 181, 233, 180], decoder: getSeriesCreatedDecoder },
    SettlementFixed: { discriminator: [83, 147, 4, 4, 98, 200, 95, 251], decoder: getSettlementFixedDecoder },
    StakeClosed: { discriminator: [72, 166, 77, 134, 139, 12, 214, 160], decoder: getStakeClosedDecoder },
    StakeOpened: { discriminator: [224, 249, 211, 227, 9, 83, 142, 188], decoder: getStakeOpenedDecoder },
    Staked: { discriminator: [11, 146, 45, 205, 230, 58, 213, 240], decoder: getStakedDecoder },
    SurfacePosted: { discriminator: [103, 153, 162, 6, 22, 205, 73, 171], decoder: getSurfacePostedDecoder },
    Traded: { discriminator: [225, 202, 73, 175, 147, 43, 160, 150], decoder: getTradedDecoder },
    UnstakeRequested: { discriminator: [21, 253, 177, 85, 129, 206, 42, 152], decoder: getUnstakeRequestedDecoder },
    Unstaked: { discriminator: [27, 179, 156, 215, 47, 71, 195, 7], decoder: getUnstakedDecoder },
} as const;
