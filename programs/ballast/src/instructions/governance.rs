//! Roles, changes of parameters, pauses.

pub mod accept_role;
pub mod apply_change;
pub mod cancel_change;
pub mod cancel_role;
pub mod close_change;
pub mod lower_limit;
pub mod pause;
pub mod propose_change;
pub mod propose_role;

pub use accept_role::*;
pub use apply_change::*;
pub use cancel_change::*;
pub use cancel_role::*;
pub use close_change::*;
pub use lower_limit::*;
pub use pause::*;
pub use propose_change::*;
pub use propose_role::*;
