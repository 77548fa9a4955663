//! The three questions that a node is asked.

use std::{str::FromStr, time::Duration};

use anchor_lang::prelude::Pubkey;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::Error;

/// Most accounts that nodes return at once.
const MOST_ACCOUNTS: usize = 100;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A node.
pub struct Rpc {
    url: String,
    agent: ureq::Agent,
}

/// An account as a node returns it.
pub struct Account {
    /// The program that it belongs to.
    pub owner: Pubkey,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl Rpc {
    /// The node at this address.
    pub fn new(url: &str) -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
        Self { url: url.to_owned(), agent: config.into() }
    }

    /// Accounts by their addresses, as of one slot; `None` for those that do not exist.
    pub fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, Error> {
        if addresses.len() > MOST_ACCOUNTS {
            let count = addresses.len();
            return Err(Error::Node(format!("the account refers to {count} others, more than {MOST_ACCOUNTS}")));
        }
        let names: Vec<_> = addresses.iter().map(Pubkey::to_string).collect();
        let options = json!({ "encoding": "base64", "commitment": "confirmed" });
        let result = self.ask("getMultipleAccounts", &json!([names, options]))?;
        let listed = result["value"].as_array().filter(|listed| listed.len() == addresses.len());
        let listed = listed.ok_or_else(|| unexpected("getMultipleAccounts", &result))?;
        listed.iter().map(|entry| if entry.is_null() { Ok(None) } else { account(entry).map(Some) }).collect()
    }

    /// The accounts of a program with a size, and with an address at an offset.
    pub fn program_accounts(
        &self,
        program: &Pubkey,
        size: usize,
        offset: usize,
        address: &Pubkey,
    ) -> Result<Vec<(Pubkey, Account)>, Error> {
        let filters = json!([{ "dataSize": size }, { "memcmp": { "offset": offset, "bytes": address.to_string() } }]);
        let options = json!({ "encoding": "base64", "commitment": "confirmed", "filters": filters });
        let result = self.ask("getProgramAccounts", &json!([program.to_string(), options]))?;
        let listed = result.as_array().ok_or_else(|| unexpected("getProgramAccounts", &result))?;
        let entry = |entry: &Value| {
            let address = entry["pubkey"].as_str().and_then(|text| Pubkey::from_str(text).ok());
            let address = address.ok_or_else(|| unexpected("getProgramAccounts", entry))?;
            Ok((address, account(&entry["account"])?))
        };
        listed.iter().map(entry).collect()
    }

    fn ask(&self, method: &str, parameters: &Value) -> Result<Value, Error> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        let refused = |error: ureq::Error| Error::Node(format!("{} does not answer: {error}", self.url));
        let mut response = self.agent.post(&self.url).send_json(&request).map_err(refused)?;
        let status = response.status();
        let answer: Value = response
            .body_mut()
            .read_json()
            .map_err(|error| Error::Node(format!("{} answers {status} and no JSON: {error}", self.url)))?;
        match &answer["error"] {
            Value::Null => Ok(answer["result"].clone()),
            error => {
                Err(Error::Node(format!("{method} fails: {}", error["message"].as_str().unwrap_or("unknown error"))))
            }
        }
    }
}

fn account(entry: &Value) -> Result<Account, Error> {
    let owner = entry["owner"].as_str().and_then(|text| Pubkey::from_str(text).ok());
    let data = entry["data"][0].as_str().and_then(|text| BASE64_STANDARD.decode(text).ok());
    match (owner, data) {
        (Some(owner), Some(data)) => Ok(Account { owner, data }),
        _ => Err(unexpected("an account", entry)),
    }
}

fn unexpected(what: &str, answer: &Value) -> Error {
    let shown: String = answer.to_string().chars().take(80).collect();
    Error::Node(format!("unexpected answer to {what}: {shown}"))
}
