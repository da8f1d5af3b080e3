//! Workers whose number of tasks follows the backlog: what a design may say of it, and what AWS's
//! commands would answer.

use serde_json::{Map, Value, json};

use super::{TASKS_MAX, Worker};
use crate::design::answers::{Answers, secs};
use crate::design::api_call::{ApiCall, Change, spelled};
use crate::design::check::Checker;
use crate::kernel::time::Span;

impl Worker {
    pub(super) fn check_scaling(&self, path: &dyn Fn(&str) -> String, checker: &mut Checker<'_>) {
        let Self { tasks, min_tasks: min, max_tasks: max, .. } = *self;
        checker.must(min <= tasks.max(1), &path("min_tasks"), || {
            format!("A worker that begins with {tasks} tasks cannot have {min} at the least.")
        });
        let good = max.is_none_or(|max| tasks <= max && max <= TASKS_MAX);
        checker.must(good, &path("max_tasks"), || {
            format!(
                "The most tasks of a worker are at least the {tasks} that it begins with, and \
                 {TASKS_MAX} at most."
            )
        });
        let good = self.backlog_per_task.is_none_or(|backlog| backlog >= 1);
        checker.must(good, &path("backlog_per_task"), || {
            "An acceptable backlog is 1 message for each task, or more.".into()
        });
        let hour = Span::from_secs(3_600);
        for (field, cooldown) in [
            ("scale_out_cooldown", self.scale_out_cooldown.0),
            ("scale_in_cooldown", self.scale_in_cooldown.0),
        ] {
            let good = cooldown <= hour && cooldown.0.is_multiple_of(1_000_000);
            checker.must(good, &path(field), || {
                "A cooldown is of whole seconds and of one hour at most: longer ones are not modelled."
                    .into()
            });
        }
    }

    /// The scalable target and its policy, if it scales.
    pub(super) fn scaling_policy(&self, id: &str, answers: &mut Answers<'_>) {
        let (Some(max), Some(backlog)) = (self.max_tasks, self.backlog_per_task) else { return };
        let resource = format!("service/shop/{id}");
        let target = json!({
            "ServiceNamespace": "ecs",
            "ResourceId": resource,
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": self.min_tasks,
            "MaxCapacity": max,
        });
        answers.add(
            "aws application-autoscaling describe-scalable-targets --service-namespace ecs",
            json!({ "ScalableTargets": [target] }),
        );
        let queue_arn = answers.design.queue_arn(&self.queue);
        let queue = queue_arn.rsplit(':').next().unwrap_or_default();
        answers.add(
            "aws application-autoscaling put-scaling-policy --cli-input-json",
            json!({
                "PolicyName": "backlog-per-task",
                "ServiceNamespace": "ecs",
                "ResourceId": resource,
                "ScalableDimension": "ecs:service:DesiredCount",
                "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": backlog,
                    "CustomizedMetricSpecification": { "Metrics": metrics(queue, id) },
                    "ScaleOutCooldown": secs(self.scale_out_cooldown),
                    "ScaleInCooldown": secs(self.scale_in_cooldown),
                },
            }),
        );
        answers.add(
            "how it scales (not AWS's: model assumptions)",
            json!([
                "Once a minute: visible messages / TargetValue, rounded up, within the capacities.",
                "The alarms of target tracking and the minutes that they wait are left out.",
                "A task that is added polls after 30 s.",
                "A task that is stopped does what it holds before it ends.",
            ]),
        );
    }
}

/// Builds the call for a changed scalable target or scaling policy. To deregister a target deletes its
/// policies, so a removed policy needs no call.
pub(super) fn call_for(change: &Change<'_>) -> Option<ApiCall> {
    let call =
        |name, parameters| Some(change.subject.call("autoscaling.amazonaws.com", name, parameters));
    let (is_target, is_removed) =
        (change.command.contains("scalable-targets"), change.is.is_null());
    match (is_target, change.command.contains("scaling-policy"), is_removed) {
        (true, _, true) => {
            let target = &change.was["ScalableTargets"][0];
            let fields = ["ServiceNamespace", "ResourceId", "ScalableDimension"];
            let target = fields.map(|field| (field.to_owned(), target[field].clone()));
            call("DeregisterScalableTarget", spelled(&Value::Object(Map::from_iter(target))))
        }
        (true, _, false) => {
            call("RegisterScalableTarget", spelled(&change.is["ScalableTargets"][0]))
        }
        (false, true, false) => call("PutScalingPolicy", spelled(change.is)),
        (false, true, true) | (false, false, _) => None,
    }
}

/// Visible messages for each running task, as metric math.
fn metrics(queue: &str, id: &str) -> Value {
    let metric = |name: &str, namespace: &str, metric: &str, dimensions: Value, stat: &str| {
        let metric =
            json!({ "Namespace": namespace, "MetricName": metric, "Dimensions": dimensions });
        json!({ "Id": name, "MetricStat": { "Metric": metric, "Stat": stat }, "ReturnData": false })
    };
    let of_queue = json!([{ "Name": "QueueName", "Value": queue }]);
    let of_service = json!([
        { "Name": "ClusterName", "Value": "shop" },
        { "Name": "ServiceName", "Value": id },
    ]);
    let visible = "ApproximateNumberOfMessagesVisible";
    json!([
        metric("visible", "AWS/SQS", visible, of_queue, "Sum"),
        metric("tasks", "ECS/ContainerInsights", "RunningTaskCount", of_service, "Average"),
        { "Id": "backlog", "Expression": "visible / tasks", "ReturnData": true },
    ])
}
