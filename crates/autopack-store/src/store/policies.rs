//! Versions of policies, which of them decides, and what is tried.

use super::Store;
use crate::error::StoreError;
use crate::policy::{Activation, PolicyChange, PolicyHistory, PolicyVersion, StageEnd, StageStart};
use crate::sqlite;

impl Store {
    /// Every version of a policy that was written down, the oldest first.
    pub async fn policy_versions(&self) -> Result<Vec<PolicyVersion>, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::policies::versions(&mut connection)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// The version of this name; `None` also for those that come with the program.
    pub async fn policy_version(&self, name: &str) -> Result<Option<PolicyVersion>, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::policies::find(&mut connection, name)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Which version was active since when, and which were tried.
    pub async fn policy_history(&self) -> Result<PolicyHistory, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::policies::history(&mut connection)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Makes a version the active one, and writes it down first where it has no row yet. The name of a
    /// version follows from its content, so a row of that name says the same.
    pub async fn apply_policy(
        &self,
        version: Option<&PolicyVersion>,
        activation: &Activation,
    ) -> Result<PolicyChange, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::policies::apply(&mut connection, version, activation)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Begins a stage, and writes its version down first where it has no row yet.
    pub async fn begin_stage(
        &self,
        version: Option<&PolicyVersion>,
        start: &StageStart,
    ) -> Result<PolicyChange, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::policies::begin_stage(&mut connection, version, start)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Ends a stage, and makes another version the active one at once, where one is given.
    pub async fn end_stage(
        &self,
        stage_id: i64,
        end: &StageEnd,
        next: Option<&Activation>,
    ) -> Result<PolicyChange, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::policies::end_stage(&mut connection, stage_id, end, next)
            .await
            .map_err(|error| self.site.fault(error))
    }
}
