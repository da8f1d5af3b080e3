//! The order pipeline: a deterministic model of the AWS services of the scenario.
