package chatkit.secrets

import rego.v1

# Secrets that would stand where everyone can read them, or that would not be there at all.

containers[name] := resolve(name, "Properties.ContainerDefinitions") if {
	some name in resources_of_type("AWS::ECS::TaskDefinition")
}

# Keys of model providers, keys of AWS, private keys, and addresses with a password in them.
secret_patterns := {
	`\bsk-[A-Za-z0-9_-]{8,}`,
	`\bAKIA[A-Z0-9]{16}\b`,
	`-----BEGIN [A-Z ]*PRIVATE KEY`,
	`\b[a-z]+://[^/\s:@]+:[^/\s@]+@`,
}

looks_secret(value) if {
	is_string(value)
	some pattern in secret_patterns
	regex.match(pattern, value)
}

# By its name, whatever it looks like. A name that ends in _SECRET_ID only says where the secret is.
secret_name(name) if regex.match(`(^|_)(SECRET|KEY|PASSWORD|TOKEN|CREDENTIALS?)$`, name)

holds_secret(name, value) if looks_secret(value)

holds_secret(name, value) if {
	is_string(value)
	secret_name(name)
}

# Whoever may describe a task, or read the template, reads it.
violation contains v if {
	some name, definitions in containers
	some i, container in definitions
	some j, pair in container.Environment
	holds_secret(pair.Name, pair.Value)
	v := make_diag_at(
		"CHATKIT-PLAIN-SECRET", "ERROR", name,
		sprintf("Properties.ContainerDefinitions.%d.Environment.%d.Value", [i, j]),
		sprintf("%v looks like a secret: keep it in Secrets Manager and pass its name", [pair.Name]),
	)
}

violation contains v if {
	some name in resources_of_type("AWS::Lambda::Function")
	some key, value in resolve(name, "Properties.Environment.Variables")
	holds_secret(key, value)
	v := make_diag_at(
		"CHATKIT-PLAIN-SECRET", "ERROR", name, "Properties.Environment.Variables",
		sprintf("%v looks like a secret: keep it in Secrets Manager and pass its name", [key]),
	)
}

# A task whose secret is not there never starts, and the deployment waits for it.
is_placeholder(value) if {
	is_string(value)
	regex.match(`(?i)todo|change.?me|placeholder|replace|example|xxx|<[^>]*>|your[-_ ]|:(0{12}|123456789012):`, value)
}

is_placeholder(value) if {
	is_string(value)
	trim_space(value) == ""
}

violation contains v if {
	some name, definitions in containers
	some i, container in definitions
	some j, secret in container.Secrets
	is_placeholder(secret.ValueFrom)
	v := make_diag_at(
		"CHATKIT-PLACEHOLDER-SECRET", "ERROR", name,
		sprintf("Properties.ContainerDefinitions.%d.Secrets.%d.ValueFrom", [i, j]),
		sprintf("%v comes from %v, which is no secret", [secret.Name, secret.ValueFrom]),
	)
}

# ECS reads them in the execution role; without one, no task starts.
violation contains v if {
	some name, definitions in containers
	some i, container in definitions
	count(container.Secrets) > 0
	not resolve(name, "Properties.ExecutionRoleArn")
	v := make_diag_at(
		"CHATKIT-SECRETS-ROLE", "ERROR", name, "Properties.ExecutionRoleArn",
		"Its containers are given secrets, and it has no execution role to read them in",
	)
}
