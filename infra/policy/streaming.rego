package chatkit.streaming

import rego.v1

# Time-outs that deploy well and cut answers later. What other packs and the schema check already is
# not repeated here. A value that is only known at deployment is not judged.

number_of(value) := value if is_number(value)

number_of(value) := to_number(value) if {
	is_string(value)
	regex.match(`^[0-9]+$`, value)
}

attributes_of(name, property) := {attribute.Key: attribute.Value |
	some attribute in resolve(name, property)
}

target_attributes(name) := attributes_of(name, "Properties.TargetGroupAttributes")

balancer_attributes(name) := attributes_of(name, "Properties.LoadBalancerAttributes")

deregistration_key := "deregistration_delay.timeout_seconds"

idle_key := "idle_timeout.timeout_seconds"

# Variables of every container of the template that tell the service about time.
told_seconds(variable) := {seconds |
	some name in resources_of_type("AWS::ECS::TaskDefinition")
	some container in resolve(name, "Properties.ContainerDefinitions")
	some pair in container.Environment
	pair.Name == variable
	seconds := number_of(pair.Value)
}

# Fargate kills a task after 120 s, whatever it was told.
violation contains v if {
	some name in resources_of_type("AWS::ECS::TaskDefinition")
	some i, container in resolve(name, "Properties.ContainerDefinitions")
	seconds := number_of(container.StopTimeout)
	seconds > 120
	v := make_diag_at(
		"CHATKIT-STOP-TIMEOUT", "ERROR", name,
		sprintf("Properties.ContainerDefinitions.%d.StopTimeout", [i]),
		sprintf("StopTimeout is %v s, and Fargate kills after 120 s: lower it to 120", [seconds]),
	)
}

violation contains v if {
	some name in resources_of_type("AWS::ElasticLoadBalancingV2::TargetGroup")
	seconds := number_of(target_attributes(name)[deregistration_key])
	seconds > 3600
	v := make_diag_at(
		"CHATKIT-DRAIN-MAX", "ERROR", name, "Properties.TargetGroupAttributes",
		sprintf("The deregistration delay is %v s, and a load balancer takes at most 3600", [seconds]),
	)
}

# A task that leaves would be stopped while it still answers.
violation contains v if {
	some name in resources_of_type("AWS::ElasticLoadBalancingV2::TargetGroup")
	seconds := number_of(target_attributes(name)[deregistration_key])
	some longest in told_seconds("STREAM_SECONDS_MAX")
	seconds < longest
	v := make_diag_at(
		"CHATKIT-DRAIN-CUTS-STREAMS", "ERROR", name, "Properties.TargetGroupAttributes",
		sprintf("The deregistration delay is %v s, and an answer may take %v s: a deployment cuts answers", [seconds, longest]),
	)
}

violation contains v if {
	some name in resources_of_type("AWS::ElasticLoadBalancingV2::LoadBalancer")
	seconds := number_of(balancer_attributes(name)[idle_key])
	seconds > 4000
	v := make_diag_at(
		"CHATKIT-IDLE-MAX", "ERROR", name, "Properties.LoadBalancerAttributes",
		sprintf("The idle time-out is %v s, and a load balancer takes at most 4000", [seconds]),
	)
}

# One heartbeat that comes late would end a stream.
violation contains v if {
	some name in resources_of_type("AWS::ElasticLoadBalancingV2::LoadBalancer")
	idle := number_of(balancer_attributes(name)[idle_key])
	some heartbeat in told_seconds("HEARTBEAT_SECONDS")
	heartbeat * 2 > idle
	v := make_diag_at(
		"CHATKIT-HEARTBEAT", "ERROR", name, "Properties.LoadBalancerAttributes",
		sprintf("The idle time-out is %v s, less than two heartbeats of %v s", [idle, heartbeat]),
	)
}

# The balancer would send a request over a connection that Node is just closing: a 502.
violation contains v if {
	some name in resources_of_type("AWS::ElasticLoadBalancingV2::LoadBalancer")
	idle := number_of(balancer_attributes(name)[idle_key])
	some keep_alive in told_seconds("KEEP_ALIVE_SECONDS")
	keep_alive <= idle
	v := make_diag_at(
		"CHATKIT-KEEP-ALIVE", "ERROR", name, "Properties.LoadBalancerAttributes",
		sprintf("Node keeps a connection for %v s, and must outlive the idle time-out of %v s", [keep_alive, idle]),
	)
}

# The service would be killed while it still says goodbye.
violation contains v if {
	some name in resources_of_type("AWS::ECS::TaskDefinition")
	some i, container in resolve(name, "Properties.ContainerDefinitions")
	stop := number_of(container.StopTimeout)
	some pair in container.Environment
	pair.Name == "SHUTDOWN_SECONDS"
	number_of(pair.Value) >= stop
	v := make_diag_at(
		"CHATKIT-SHUTDOWN", "ERROR", name,
		sprintf("Properties.ContainerDefinitions.%d.StopTimeout", [i]),
		sprintf("The service takes %v s to end and is killed after %v s", [pair.Value, stop]),
	)
}

# CloudFormation asks the load balancer about a key, half-way through the deployment.
known_target_attributes := {
	"deregistration_delay.connection_termination.enabled",
	"deregistration_delay.timeout_seconds",
	"lambda.multi_value_headers.enabled",
	"load_balancing.algorithm.anomaly_mitigation",
	"load_balancing.algorithm.type",
	"load_balancing.cross_zone.enabled",
	"preserve_client_ip.enabled",
	"proxy_protocol_v2.enabled",
	"slow_start.duration_seconds",
	"stickiness.app_cookie.cookie_name",
	"stickiness.app_cookie.duration_seconds",
	"stickiness.enabled",
	"stickiness.lb_cookie.duration_seconds",
	"stickiness.type",
	"target_failover.on_deregistration",
	"target_failover.on_unhealthy",
	"target_group_health.dns_failover.minimum_healthy_targets.count",
	"target_group_health.dns_failover.minimum_healthy_targets.percentage",
	"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
	"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
	"target_health_state.unhealthy.connection_termination.enabled",
	"target_health_state.unhealthy.draining_interval_seconds",
}

violation contains v if {
	some name in resources_of_type("AWS::ElasticLoadBalancingV2::TargetGroup")
	some key, _ in target_attributes(name)
	not key in known_target_attributes
	v := make_diag_at(
		"CHATKIT-TARGET-ATTRIBUTE", "ERROR", name, "Properties.TargetGroupAttributes",
		sprintf("A target group has no attribute %v", [key]),
	)
}

violation contains v if {
	some name in resources_of_type("AWS::ElasticLoadBalancingV2::TargetGroup")
	attributes := target_attributes(name)
	attributes["load_balancing.algorithm.type"] == "least_outstanding_requests"
	number_of(attributes["slow_start.duration_seconds"]) > 0
	v := make_diag_at(
		"CHATKIT-SLOW-START", "ERROR", name, "Properties.TargetGroupAttributes",
		"A load balancer refuses slow start together with least outstanding requests",
	)
}

violation contains v if {
	some name in resources_of_type("AWS::ElasticLoadBalancingV2::TargetGroup")
	timeout := number_of(resolve(name, "Properties.HealthCheckTimeoutSeconds"))
	interval := number_of(resolve(name, "Properties.HealthCheckIntervalSeconds"))
	timeout >= interval
	v := make_diag_at(
		"CHATKIT-HEALTH-CHECK", "ERROR", name, "Properties.HealthCheckTimeoutSeconds",
		sprintf("A health check may take %v s and the next begins after %v s", [timeout, interval]),
	)
}

violation contains v if {
	some name in resources_of_type("AWS::ECS::TaskDefinition")
	some i, container in resolve(name, "Properties.ContainerDefinitions")
	timeout := number_of(container.HealthCheck.Timeout)
	interval := number_of(container.HealthCheck.Interval)
	timeout >= interval
	v := make_diag_at(
		"CHATKIT-HEALTH-CHECK", "ERROR", name,
		sprintf("Properties.ContainerDefinitions.%d.HealthCheck.Timeout", [i]),
		sprintf("A health check may take %v s and the next begins after %v s", [timeout, interval]),
	)
}

# ECS refuses it, after everything else has been deployed.
violation contains v if {
	some name in resources_of_type("AWS::ECS::Service")
	settings := resolve(name, "Properties.DeploymentConfiguration")
	settings.EarlySuccessCriteria.Enable == true
	healthy := number_of(settings.EarlySuccessCriteria.HealthyPercent)
	minimum := number_of(object.get(settings, "MinimumHealthyPercent", 100))
	healthy < minimum
	v := make_diag_at(
		"CHATKIT-EARLY-SUCCESS", "ERROR", name,
		"Properties.DeploymentConfiguration.EarlySuccessCriteria.HealthyPercent",
		sprintf("A deployment would count as done at %v %% of its tasks, and %v %% must always be healthy", [healthy, minimum]),
	)
}
