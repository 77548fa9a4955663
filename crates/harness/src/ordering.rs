//! What traders and matchers do with orders.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use ballast::{Cancellation, SetDelegateArgs, TradeLeg};
use ballast_client::{MatchedOrder, OrderSource, SignedOrder, accounts, instructions};
use ballast_risk::Mode;
use ballast_state::{Order, OrderLeg, OrderRecords, OrderRole, seeds};
use solana_signer::Signer;

use crate::{
    chain::Wallet,
    exchange::Exchange,
    trading::Trader,
    transaction::{Outcome, Refusal},
};

/// Index of the Ed25519 instruction in the harness's transactions: the compute budget's comes first.
pub const SIGNATURES: u8 = 1;

/// Signs an order with a wallet of one's choice.
///
/// # Panics
/// If there is no such order.
pub fn sign(wallet: &Wallet, order: &Order) -> SignedOrder {
    sign_message(wallet, order.encode().expect("the order is one"))
}

/// Signs any message with a wallet.
pub fn sign_message(wallet: &Wallet, message: Vec<u8>) -> SignedOrder {
    let signature = wallet.sign_message(&message).into();
    SignedOrder { message, signer: wallet.pubkey(), signature }
}

impl Trader {
    /// Signs an order.
    ///
    /// # Panics
    /// If there is no such order.
    pub fn sign(&self, order: &Order) -> SignedOrder {
        sign(&self.wallet, order)
    }
}

impl Exchange {
    /// A trader who can have orders.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn orderer(&mut self, mode: Mode, deposits: &[(&str, u64)]) -> Trader {
        let trader = self.trader(mode, deposits);
        self.open_order_records(&trader).expect("the records are opened");
        trader
    }

    /// Opens what the trader's account remembers of its orders.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn open_order_records(&mut self, trader: &Trader) -> Result<Outcome, Refusal> {
        let instruction = instructions::open_order_records(&trader.key, self.chain.payer().pubkey());
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Closes it.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn close_order_records(&mut self, trader: &Trader) -> Result<Outcome, Refusal> {
        let instruction = instructions::close_order_records(&trader.key, trader.owner());
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// What the trader's account remembers of its orders.
    ///
    /// # Panics
    /// If it was not opened.
    pub fn order_records(&self, trader: &Trader) -> OrderRecords {
        let data = self.chain.data(&seeds::order_records(&trader.address()).0);
        accounts::read_order_records(&data).expect("the records can be read")
    }

    /// An order of these legs, whose quantities are those of one package: a taking one, for one package, for ten minutes,
    /// with any fee.
    pub fn order(&self, trader: &Trader, nonce: u64, legs: &[TradeLeg]) -> Order {
        let mut legs: Vec<OrderLeg> = legs
            .iter()
            .map(|leg| OrderLeg {
                market: leg.market,
                contract: leg.contract,
                ratio: i32::try_from(leg.quantity).expect("a leg has at most 2^30 lots"),
                price: leg.price,
            })
            .collect();
        legs.sort_by_key(OrderLeg::key);
        Order {
            domain: self.order_records(trader).domain,
            exchange: self.address,
            account: trader.address(),
            nonce,
            expires_at: self.chain.now() + 600,
            maximum_fee: u64::MAX,
            size: 1,
            minimum_fill: 1,
            role: OrderRole::Taking,
            is_reduce_only: false,
            claims_rebates: false,
            counterparty: None,
            net_limit: None,
            legs,
        }
    }

    /// The resting order that sells what another order buys, at its prices.
    pub fn resting_against(&self, trader: &Trader, nonce: u64, taking: &Order) -> Order {
        let legs = taking.legs.iter().map(|leg| OrderLeg { ratio: -leg.ratio, ..*leg }).collect();
        Order {
            domain: self.order_records(trader).domain,
            account: trader.address(),
            nonce,
            role: OrderRole::Resting,
            net_limit: None,
            legs,
            ..taking.clone()
        }
    }

    /// Matches signed orders; anybody may, and the payer does.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn match_signed(
        &mut self,
        taker: (&Trader, &SignedOrder, u32),
        maker: (&Trader, &SignedOrder, u32),
    ) -> Result<Outcome, Refusal> {
        let instructions = self.matching(taker, maker);
        self.chain.send(&instructions, &[])
    }

    /// The instructions of [`Exchange::match_signed`].
    pub fn matching(
        &self,
        (taker, taker_order, taker_units): (&Trader, &SignedOrder, u32),
        (maker, maker_order, maker_units): (&Trader, &SignedOrder, u32),
    ) -> [Instruction; 2] {
        let check = self.match_check(taker, maker, &taker_order.message);
        let (taker, maker) = ((&taker.key, taker_order, taker_units), (&maker.key, maker_order, maker_units));
        instructions::match_signed_orders(SIGNATURES, taker, maker, check)
    }

    /// Matches orders wherever they are, signed by these wallets.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn match_from(
        &mut self,
        (taker, taker_source, taker_units): (&Trader, OrderSource, u32),
        (maker, maker_source, maker_units): (&Trader, OrderSource, u32),
        message: &[u8],
        signers: &[&Wallet],
    ) -> Result<Outcome, Refusal> {
        let check = self.match_check(taker, maker, message);
        let taker = MatchedOrder { account: taker.key, units: taker_units, source: taker_source };
        let maker = MatchedOrder { account: maker.key, units: maker_units, source: maker_source };
        self.chain.send(&[instructions::match_orders(&taker, &maker, check)], signers)
    }

    /// The account list of a match; the message says which markets are touched.
    pub fn match_check(&self, taker: &Trader, maker: &Trader, message: &[u8]) -> Vec<AccountMeta> {
        let touched = Order::decode(message).map_or_else(|_| Vec::new(), |order| order.markets().collect());
        self.touching_check(taker, maker, touched)
    }

    /// Places an order as an account; the payer pays the rent.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn place_order(&mut self, trader: &Trader, order: &Order) -> Result<Outcome, Refusal> {
        self.place_order_by(&trader.wallet.clone(), trader, order)
    }

    /// [`Exchange::place_order`] by another wallet than the owner's.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn place_order_by(&mut self, wallet: &Wallet, trader: &Trader, order: &Order) -> Result<Outcome, Refusal> {
        let message = order.encode().expect("the order is one");
        let payer = self.chain.payer().pubkey();
        let instruction = instructions::place_order(&trader.key, wallet.pubkey(), payer, order.nonce, message);
        self.chain.send(&[instruction], &[wallet])
    }

    /// Removes a placed order.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn cancel_order(&mut self, by: &Wallet, trader: &Trader, nonce: u64) -> Result<Outcome, Refusal> {
        let payer = self.chain.payer().pubkey();
        self.chain.send(&[instructions::cancel_order(&trader.key, nonce, by.pubkey(), payer)], &[by])
    }

    /// Cancels orders.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn cancel_orders(&mut self, by: &Wallet, trader: &Trader, which: Cancellation) -> Result<Outcome, Refusal> {
        self.chain.send(&[instructions::cancel_orders(&trader.key, by.pubkey(), which)], &[by])
    }

    /// Lets somebody trade for the account in these markets, for a time in seconds; in none: in all.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn set_delegate(
        &mut self,
        trader: &Trader,
        delegate: Pubkey,
        seconds: i64,
        limited_to: &[u16],
    ) -> Result<Outcome, Refusal> {
        let mut markets = [0; 4];
        markets[..limited_to.len()].copy_from_slice(limited_to);
        let args = SetDelegateArgs { delegate, expires_at: self.chain.now() + seconds, markets };
        let instruction = instructions::set_delegate(&trader.key, args, self.check_of(trader));
        self.chain.send(&[instruction], &[&trader.wallet])
    }

    /// Lets nobody trade for the account, without a check.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn revoke_delegate(&mut self, trader: &Trader) -> Result<Outcome, Refusal> {
        let args = SetDelegateArgs { delegate: Pubkey::default(), expires_at: 0, markets: [0; 4] };
        let instruction = instructions::set_delegate(&trader.key, args, Vec::new());
        self.chain.send(&[instruction], &[&trader.wallet])
    }
}
