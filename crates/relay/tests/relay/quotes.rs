//! Requests for quotes: asked, answered, taken.

use anyhow::Result;
use ballast_network_rig::until;
use ballast_relay::interface::{MakerMessage, OrderStatus, RelayMessage};
use ballast_state::OrderRole;

use crate::stage::{Maker, Stage};

#[tokio::test]
async fn the_best_quote_is_taken_and_lands_on_chain() -> Result<()> {
    let stage = Stage::start().await?;
    let mut makers = [Maker::connect(&stage, "maker").await?, Maker::connect(&stage, "bob").await?];
    assert_eq!(stage.ask("/v1/info").await?["makers"], 2);
    let index = stage.index()?;
    let taker = stage.network.account_key("alice")?.address();
    let package = stage.package(1_000)?;
    let asking = stage.client.quotes(&taker, package, 3);
    let answering = async {
        for (maker, (name, price)) in makers.iter_mut().zip([("maker", index + 500), ("bob", index + 300)]) {
            let (request, named, size) = maker.request().await?;
            assert_eq!((named, size), (taker.to_string(), 3));
            let mut order = stage.order(name, 1, OrderRole::Resting, -1_000, price, 3).await?;
            order.counterparty = Some(taker);
            maker.quote(&stage, name, request, &order).await?;
        }
        anyhow::Ok(())
    };
    let (answer, answered) = tokio::join!(asking, answering);
    answered?;
    let answer = answer?;
    let prices: Vec<u64> = answer.quotes.iter().map(|quote| quote.prices[0]).collect();
    assert_eq!(prices, [index + 300, index + 500], "the cheapest first");
    assert!(answer.quotes[0].net < answer.quotes[1].net);

    let best = &answer.quotes[0];
    let other = stage.order("maker", 9, OrderRole::Taking, 1_000, best.prices[0], 3).await?;
    let error = stage.submit("maker", &other, Some(&best.id)).await.expect_err("it is alice's").to_string();
    assert!(error.contains("otherTaker"), "{error}");
    // What is not filled may be tried again.
    let too_low = stage.order("alice", 8, OrderRole::Taking, 1_000, best.prices[0] - 1, 3).await?;
    let outcome = stage.submit("alice", &too_low, Some(&best.id)).await?;
    assert_eq!(outcome.refusal.map(|problem| problem.code).as_deref(), Some("noMatch"));
    // Two orders that take it at once: one does.
    let [first, second] = [
        stage.order("alice", 1, OrderRole::Taking, 1_000, best.prices[0], 3).await?,
        stage.order("alice", 3, OrderRole::Taking, 1_000, best.prices[0], 3).await?,
    ];
    let (first, second) =
        tokio::join!(stage.submit("alice", &first, Some(&best.id)), stage.submit("alice", &second, Some(&best.id)));
    let (outcome, error) = match (first, second) {
        (Ok(outcome), Err(error)) | (Err(error), Ok(outcome)) => (outcome, error.to_string()),
        (first, second) => panic!("{first:?} {second:?}"),
    };
    assert!(error.contains("quoteGone"), "{error}");
    assert_eq!(outcome.status, OrderStatus::Filled, "{outcome:?}");
    assert_eq!((outcome.fills[0].units, outcome.fills[0].legs[0].price), (3, index + 300));
    until("the fill to be on chain", || async {
        Ok(stage.held("alice").await? == 3_000 && stage.held("bob").await? == -3_000)
    })
    .await?;
    let told = loop {
        if let RelayMessage::Fill { fill } = makers[1].hear().await? {
            break fill;
        }
    };
    assert_eq!(told.signature, outcome.fills[0].signature);
    let fills = stage.ask(&format!("/v1/fills?account={taker}")).await?;
    assert_eq!(fills[0]["signature"], outcome.fills[0].signature.as_str());
    // A quote is taken once.
    let again = stage.order("alice", 2, OrderRole::Taking, 1_000, index + 300, 3).await?;
    let error = stage.submit("alice", &again, Some(&best.id)).await.expect_err("it is gone").to_string();
    assert!(error.contains("quoteGone"), "{error}");
    assert!(stage.relay.end().await?, "it ends well when it is asked to");
    Ok(())
}

#[tokio::test]
async fn quotes_that_do_not_answer_the_request_are_refused_and_silence_is_no_quote() -> Result<()> {
    let stage = Stage::start().await?;
    let mut maker = Maker::connect(&stage, "maker").await?;
    let taker = stage.network.account_key("alice")?.address();
    let index = stage.index()?;
    let cases = [
        ("for anybody", "noAnswer", "a quote names its counterparty"),
        ("the same side", "noAnswer", "not the reverse"),
        ("too small", "noAnswer", "2 packages"),
        ("over", "noAnswer", "the quote expires at"),
        ("for ever", "standsTooLong", "expected 120 s after"),
        ("taking", "noAnswer", "a quote is a resting order"),
    ];
    for (case, code, expected) in cases {
        let package = stage.package(1_000)?;
        let asking = stage.client.quotes(&taker, package, 3);
        let answering = async {
            let (request, ..) = maker.request().await?;
            let mut order = stage.order("maker", 1, OrderRole::Resting, -1_000, index, 3).await?;
            order.counterparty = Some(taker);
            match case {
                "for anybody" => order.counterparty = None,
                "the same side" => order.legs[0].ratio = 1_000,
                "too small" => order.size = 2,
                "over" => order.expires_at = stage.network.feed.view().now,
                "for ever" => order.expires_at = i64::MAX,
                _ => order.role = OrderRole::Taking,
            }
            maker.quote(&stage, "maker", request, &order).await?;
            loop {
                if let RelayMessage::Refused { problem } = maker.hear().await? {
                    return anyhow::Ok(problem);
                }
            }
        };
        let (answer, problem) = tokio::join!(asking, answering);
        assert!(answer?.quotes.is_empty(), "{case}");
        let problem = problem?;
        assert_eq!(problem.code, code, "{case}");
        assert!(problem.message.contains(expected), "{case}: {}", problem.message);
    }
    // A maker that goes in the middle of a request leaves it without a quote.
    let package = stage.package(1_000)?;
    let asking = stage.client.quotes(&taker, package, 1);
    let leaving = async {
        maker.request().await?;
        drop(maker);
        anyhow::Ok(())
    };
    let (answer, left) = tokio::join!(asking, leaving);
    left?;
    assert!(answer?.quotes.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_quote_that_is_taken_back_or_whose_maker_goes_is_gone() -> Result<()> {
    let stage = Stage::start().await?;
    let taker = stage.network.account_key("alice")?.address();
    let index = stage.index()?;
    let mut maker = Maker::connect(&stage, "maker").await?;
    for (nonce, goes) in [(1, false), (2, true)] {
        let package = stage.package(1_000)?;
        let asking = stage.client.quotes(&taker, package, 1);
        let answering = async {
            let (request, ..) = maker.request().await?;
            let mut order = stage.order("maker", nonce, OrderRole::Resting, -1_000, index, 1).await?;
            order.counterparty = Some(taker);
            maker.quote(&stage, "maker", request.clone(), &order).await?;
            anyhow::Ok(request)
        };
        let (answer, request) = tokio::join!(asking, answering);
        let quote = answer?.quotes.pop().expect("it quotes").id;
        let request = request?;
        assert_eq!(stage.ask("/v1/info").await?["quotes"], 1);
        // Another maker's word changes nothing.
        let mut other = Maker::connect(&stage, "bob").await?;
        other.say(&MakerMessage::Withdraw { request: request.clone() }).await?;
        drop(other);
        until("the other maker to be gone", || async { Ok(stage.ask("/v1/info").await?["makers"] == 1) }).await?;
        assert_eq!(stage.ask("/v1/info").await?["quotes"], 1);
        if goes {
            drop(maker);
            maker = Maker::open(&stage).await?;
        } else {
            maker.say(&MakerMessage::Withdraw { request }).await?;
        }
        until("the quote to be gone", || async { Ok(stage.ask("/v1/info").await?["quotes"] == 0) }).await?;
        let order = stage.order("alice", nonce, OrderRole::Taking, 1_000, index, 1).await?;
        let error = stage.submit("alice", &order, Some(&quote)).await.expect_err("it is gone").to_string();
        assert!(error.contains("quoteGone"), "{error}");
    }
    assert_eq!(stage.held("alice").await?, 0);
    Ok(())
}
