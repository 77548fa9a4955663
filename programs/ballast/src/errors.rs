//! Errors, by domain: 60xx access and accounts, 61xx oracles, 62xx listing, 63xx collateral, 64xx trading,
//! 65xx margin, 66xx settlement, 67xx liquidation, 68xx orders and guards, 69xx insurance and bankruptcy, 70xx governance.
//!
//! Where two values clash, the program log shows what was expected and what came.

mod refusals;

use anchor_lang::prelude::*;
use ballast_risk::RiskError;

pub use refusals::*;

/// Everything that the program refuses.
#[error_code]
#[derive(PartialEq, Eq)]
pub enum BallastError {
    /// 6000
    #[msg("The signer is not the exchange's governance")]
    NotGovernance = 0,
    /// 6001
    #[msg("The signer is not one of the market's publishers")]
    NotPublisher = 1,
    /// 6002
    #[msg("The signer does not own the margin account")]
    NotOwner = 2,
    /// 6003
    #[msg("The account belongs to another exchange")]
    WrongExchange = 3,
    /// 6004
    #[msg("A market or bank of the account list is not an account of this program")]
    ForeignAccount = 4,
    /// 6005
    #[msg("The same market or bank is given twice")]
    DuplicateAccount = 5,
    /// 6006
    #[msg("A market that the account holds positions in is missing from the account list")]
    MissingMarket = 6,
    /// 6007
    #[msg("A bank that the account holds collateral of, or the quote token's bank, is missing from the account list")]
    MissingBank = 7,
    /// 6008
    #[msg("The market must be passed as writable")]
    MarketNotWritable = 8,
    /// 6009
    #[msg("More markets and banks than one instruction takes")]
    TooManyAccounts = 9,
    /// 6010
    #[msg("A margin account refers to a contract that its market does not list")]
    CorruptAccount = 10,
    /// 6011
    #[msg("Fewer of the market's publishers signed than a post needs")]
    TooFewPublishers = 11,
    /// 6012
    #[msg("A publisher of the account list did not sign")]
    PublisherSignature = 12,

    /// 6100
    #[msg("The oracle account is not owned by the program that the listing names")]
    OracleWrongProgram = 100,
    /// 6101
    #[msg("The oracle account is not in the layout that the listing names")]
    OracleWrongLayout = 101,
    /// 6102
    #[msg("The price update is not fully verified")]
    OracleNotVerified = 102,
    /// 6103
    #[msg("The price is of another feed")]
    OracleWrongFeed = 103,
    /// 6104
    #[msg("The oracle's price is not positive")]
    OraclePriceNotPositive = 104,
    /// 6105
    #[msg("The oracle's exponent is out of range")]
    OracleExponent = 105,
    /// 6106
    #[msg("The oracle's confidence interval is too wide")]
    OracleConfidence = 106,
    /// 6107
    #[msg("The oracle's price is too old")]
    OracleStale = 107,
    /// 6108
    #[msg("The oracle's publish time is in the future")]
    OracleFromFuture = 108,
    /// 6109
    #[msg("The oracle's publish time is before that of the price already held")]
    OracleOutOfOrder = 109,
    /// 6110
    #[msg("The oracle's price does not fit the listing's decimals")]
    OraclePriceOutOfRange = 110,
    /// 6111
    #[msg("The oracle is not trading or its status is unknown")]
    OracleNotTrading = 111,
    /// 6112
    #[msg("Refresh takes markets and banks, each followed by its oracle account, and by a second one if it has two")]
    RefreshPairs = 112,
    /// 6113
    #[msg("A target of refresh is neither a market nor a bank, or is not writable")]
    RefreshTarget = 113,
    /// 6114
    #[msg(
        "A price is too uncertain, or too far from what it was or from what a second source says: only trades that \
           reduce positions and risk"
    )]
    PriceDoubtful = 114,
    /// 6115
    #[msg("A price is in dispute, and the account would not be below maintenance margin at the one that favours it")]
    PriceDisputed = 115,

    /// 6200
    #[msg("A parameter is out of its bounds")]
    ParameterOutOfBounds = 200,
    /// 6201
    #[msg("The quote token must have six decimals")]
    QuoteDecimals = 201,
    /// 6202
    #[msg("The mint has an extension that is not on the allow list")]
    MintExtension = 202,
    /// 6203
    #[msg("The oracle source is not one that this listing accepts")]
    OracleSourceRefused = 203,
    /// 6204
    #[msg("The market has no free expiry slot")]
    NoFreeExpiry = 204,
    /// 6205
    #[msg("The market has no free series slot")]
    NoFreeSeries = 205,
    /// 6206
    #[msg("The expiry date must be in the future and unique in its market")]
    ExpiryDate = 206,
    /// 6207
    #[msg("The series is listed already")]
    DuplicateSeries = 207,
    /// 6208
    #[msg("The expiry is not listed or not open for this")]
    UnknownExpiry = 208,
    /// 6209
    #[msg("The strike is out of range")]
    StrikeOutOfRange = 209,
    /// 6210
    #[msg("The volatility surface admits arbitrage or leaves its envelope")]
    SurfaceRefused = 210,
    /// 6211
    #[msg("The quote bank exists already or is needed first")]
    QuoteBank = 211,
    /// 6212
    #[msg("The group's slot is taken, or there is no group in it")]
    GroupSlot = 212,
    /// 6213
    #[msg("The group has no place for another market")]
    GroupFull = 213,
    /// 6214
    #[msg("The correlations are not one for each earlier market of the group, or contradict each other")]
    CorrelationsRefused = 214,
    /// 6215
    #[msg("A market needs one to eight publishers, all different, and as many of them as must sign")]
    PublisherList = 215,
    /// 6216
    #[msg("The post moves too far from the one before, or from the first one of the day")]
    SurfaceStep = 216,
    /// 6217
    #[msg("The surface and that of a neighbouring expiry admit calendar arbitrage")]
    CalendarArbitrage = 217,
    /// 6218
    #[msg("The market is closing: nothing new is listed there, and trades only reduce both sides' positions")]
    MarketClosing = 218,
    /// 6219
    #[msg("The expiry that the perpetual is to settle with is sooner than the notice that closing a market takes")]
    ClosingNotice = 219,
    /// 6220
    #[msg("The market is not closing, or still has expiries or positions")]
    MarketInUse = 220,

    /// 6300
    #[msg("The amount must not be zero")]
    ZeroAmount = 300,
    /// 6301
    #[msg("The deposit cap of the bank would be exceeded")]
    DepositCap = 301,
    /// 6302
    #[msg("The account has no free collateral slot")]
    NoFreeBalance = 302,
    /// 6303
    #[msg("The account holds less than that")]
    InsufficientBalance = 303,
    /// 6304
    #[msg("The account is not empty")]
    AccountNotEmpty = 304,
    /// 6305
    #[msg("The margin mode must be 0 (isolated), 1 (cross) or 2 (portfolio)")]
    UnknownMode = 305,
    /// 6306
    #[msg("The token is not the underlying of a market, so it cannot be a hedge")]
    NotAHedge = 306,
    /// 6307
    #[msg("The bank is closing: nothing is deposited any more")]
    BankClosing = 307,
    /// 6308
    #[msg("The bank is not closing, or still has deposits")]
    BankInUse = 308,
    /// 6309
    #[msg("The lending pool has fewer tokens available than that")]
    PoolIlliquid = 309,

    /// 6400
    #[msg("A trade has one to eight legs")]
    LegCount = 400,
    /// 6401
    #[msg("A trade needs two different accounts")]
    SameAccount = 401,
    /// 6402
    #[msg("The contract is not listed")]
    UnknownContract = 402,
    /// 6403
    #[msg("The contract has expired")]
    ContractExpired = 403,
    /// 6404
    #[msg("The quantity must not be zero and stay within 2^30 lots")]
    QuantityOutOfRange = 404,
    /// 6405
    #[msg("The price is outside the band around the mark")]
    OutsideBand = 405,
    /// 6406
    #[msg("The value handed over against the mark exceeds the payer's withdrawal excess")]
    HandoverExceedsExcess = 406,
    /// 6407
    #[msg("The account has less cash than the trade costs")]
    InsufficientCash = 407,
    /// 6408
    #[msg("The account has no free position slot")]
    NoFreePosition = 408,
    /// 6409
    #[msg("The account has no free market slot")]
    NoFreeMarket = 409,
    /// 6410
    #[msg("The open interest limit of the contract would be exceeded")]
    OpenInterestLimit = 410,
    /// 6411
    #[msg("Checking the account could need more compute than a check may take")]
    CheckTooLarge = 411,

    /// 6500
    #[msg("The account would be below initial margin and the change does not reduce its risk")]
    BelowInitialMargin = 500,
    /// 6501
    #[msg("The withdrawal exceeds the withdrawal excess")]
    BelowWithdrawalExcess = 501,
    /// 6502
    #[msg("A market's price is too old: refresh it in the same transaction")]
    StaleMarket = 502,
    /// 6503
    #[msg("The volatility surface of an expiry is too old or was never posted")]
    StaleSurface = 503,
    /// 6504
    #[msg("A price is out of range")]
    PriceOutOfRange = 504,
    /// 6505
    #[msg("A notional is out of range")]
    NotionalOutOfRange = 505,
    /// 6506
    #[msg("A sum is out of range")]
    Overflow = 506,
    /// 6507
    #[msg("The quote token's price is too old: refresh its bank in the same transaction")]
    StaleQuote = 507,

    /// 6600
    #[msg("The expiry is still running, or its price has not been refreshed since")]
    NotExpired = 600,
    /// 6601
    #[msg("The settlement price is not fixed yet, or was fixed before")]
    SettlementState = 601,
    /// 6602
    #[msg("The account holds nothing of that")]
    NothingToSettle = 602,
    /// 6603
    #[msg("Positions still refer to the expiry")]
    ExpiryInUse = 603,
    /// 6604
    #[msg("Prices cover too little of the averaging window yet: refresh, or wait for the end of the extension")]
    SettlementCoverage = 604,

    /// 6700
    #[msg("The account is not below maintenance margin")]
    NotLiquidatable = 700,
    /// 6701
    #[msg("Nobody liquidates an account of their own")]
    SelfLiquidation = 701,
    /// 6702
    #[msg("The step does not raise the account's maintenance excess")]
    LiquidationNoImprovement = 702,
    /// 6703
    #[msg("The step takes more than restores the account's target")]
    LiquidationBeyondTarget = 703,
    /// 6704
    #[msg("A liquidation leg must reduce the account's position")]
    LegNotReducing = 704,
    /// 6705
    #[msg("The slice must be above zero and at most the whole")]
    SliceOutOfRange = 705,
    /// 6706
    #[msg("The liquidator would be below initial margin")]
    LiquidatorBelowMargin = 706,
    /// 6707
    #[msg("The step takes more of the account than may go before the cool-down is over")]
    CloseFactorExceeded = 707,
    /// 6708
    #[msg("As much of the account as may go before the cool-down is over has gone")]
    LiquidationCoolingDown = 708,
    /// 6709
    #[msg("The collateral's price is too old: refresh its bank in the same transaction")]
    StaleCollateral = 709,

    /// 6800
    #[msg("The message is not an order that this version of the program reads")]
    OrderMalformed = 800,
    /// 6801
    #[msg("No Ed25519 instruction of the transaction verifies the order where the arguments say")]
    OrderSignature = 801,
    /// 6802
    #[msg("The order was signed for another exchange, account or domain")]
    OrderForAnother = 802,
    /// 6803
    #[msg("The order has expired")]
    OrderExpired = 803,
    /// 6804
    #[msg("The order was cancelled")]
    OrderCancelled = 804,
    /// 6805
    #[msg("Less than that is left of the order, or nothing was asked for")]
    OrderExceeded = 805,
    /// 6806
    #[msg("The fill is smaller than the order allows")]
    OrderBelowMinimum = 806,
    /// 6807
    #[msg("The order's slot remembers another order that has not expired")]
    OrderSlotTaken = 807,
    /// 6808
    #[msg("The orders do not trade the reverse of each other")]
    OrdersDiffer = 808,
    /// 6809
    #[msg("The resting order's prices are beyond the taking order's limit")]
    OrderLimit = 809,
    /// 6810
    #[msg("The fees exceed what was allowed")]
    OrderFee = 810,
    /// 6811
    #[msg("The order only reduces, and a leg does not bring its position closer to nothing")]
    OrderNotReducing = 811,
    /// 6812
    #[msg("The order names another counterparty")]
    OrderCounterparty = 812,
    /// 6813
    #[msg("Nobody's orders are matched with each other")]
    SelfTrade = 813,
    /// 6814
    #[msg("Only the account's owner or delegate removes an order before it expires")]
    OrderStillLive = 814,
    /// 6815
    #[msg("Order records are not closed in the slot in which they were opened")]
    RecordsJustOpened = 815,
    /// 6816
    #[msg("The delegate's right has ended, or does not cover the market")]
    DelegateRights = 816,
    /// 6817
    #[msg("A delegate needs a key that is not the owner's, an end in the future, and markets without gaps")]
    DelegateTerms = 817,
    /// 6818
    #[msg("The account has been changed since: look at it again")]
    StateChanged = 818,
    /// 6819
    #[msg("What came out is less than the least that was asked for")]
    OutputBelowMinimum = 819,

    /// 6900
    #[msg("The stake buys no share, or more than there can be")]
    StakeTooSmall = 900,
    /// 6901
    #[msg("The stake holds fewer shares than that, or no notice was given for any")]
    InsufficientShares = 901,
    /// 6902
    #[msg("The cool-down is not over, or the notice has lapsed")]
    StakeCooldown = 902,
    /// 6903
    #[msg("A bankruptcy is open")]
    BankruptcyOpen = 903,
    /// 6904
    #[msg("The account's equity is not below zero")]
    NotBankrupt = 904,
    /// 6905
    #[msg("What is left of the loss exceeds what may be drawn: resolve a smaller part, or wait")]
    LossUncovered = 905,
    /// 6906
    #[msg("The account's bankruptcy is on record already, or there is none to record")]
    BankruptcyUnchanged = 906,

    /// 7000
    #[msg("The signer does not hold the role that this takes")]
    NotRoleHolder = 1_000,
    /// 7001
    #[msg("There is no role with that number")]
    UnknownRole = 1_001,
    /// 7002
    #[msg("The role was not proposed to that key")]
    RoleNotProposed = 1_002,
    /// 7003
    #[msg("The time lock is not over, or the proposal has lapsed")]
    TimeLock = 1_003,
    /// 7004
    #[msg("Governance takes no transaction on a durable nonce: it could have been signed long ago")]
    DurableNonce = 1_004,
    /// 7005
    #[msg("The account has no parameter with that number that may change")]
    UnknownParameter = 1_005,
    /// 7006
    #[msg("The parameter may not move so far at once")]
    ParameterStep = 1_006,
    /// 7007
    #[msg("The parameter has that value already")]
    ChangesNothing = 1_007,
    /// 7008
    #[msg("The change was carried out already")]
    ChangeApplied = 1_008,
    /// 7009
    #[msg("The guardian can only lower a limit")]
    NotAReduction = 1_009,
    /// 7010
    #[msg("The last pause is over, and the next one may not begin yet")]
    PauseSpent = 1_010,
    /// 7011
    #[msg("Paused by the guardian, for a while")]
    Paused = 1_011,
    /// 7012
    #[msg("More than may leave the vault within the window: wait, or withdraw less")]
    OutflowLimit = 1_012,
    /// 7013
    #[msg("The listing is not open yet: its oracle has to live for a while")]
    NotOpen = 1_013,
    /// 7014
    #[msg("The account has this version's layout already")]
    UpToDate = 1_014,
}

impl From<RiskError> for BallastError {
    fn from(error: RiskError) -> Self {
        match error {
            RiskError::PriceOutOfRange { .. } => Self::PriceOutOfRange,
            RiskError::QuantityOutOfRange { .. } => Self::QuantityOutOfRange,
            RiskError::NotionalOutOfRange => Self::NotionalOutOfRange,
            RiskError::DecimalsOutOfRange { .. } | RiskError::ParameterOutOfRange { .. } => Self::ParameterOutOfBounds,
            RiskError::CorrelationsNotPositiveDefinite => Self::CorrelationsRefused,
            RiskError::Surface(_) => Self::SurfaceRefused,
        }
    }
}
