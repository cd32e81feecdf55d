"""What the rehearsal asks of moto with Python, which is there wherever moto is.

Prints JSON. AWS_ENDPOINT_URL and AWS_REGION say where the server is.
"""

import json
import sys

import boto3


def supported():
    """The types of resources that moto's CloudFormation makes."""
    from importlib import import_module

    from moto.backends import list_of_moto_modules
    from moto.core.common_models import CloudFormationModel

    for module in list_of_moto_modules():
        try:
            import_module(f"moto.{module}.models")
        except ImportError:
            continue
    # Its instances cannot take a group by reference, so a group is made by API instead.
    return sorted(
        {model.cloudformation_type() for model in subclasses(CloudFormationModel)}
        - {"AWS::RDS::DBParameterGroup"}
    )


def subclasses(parent):
    for child in parent.__subclasses__():
        yield child
        yield from subclasses(child)


def make():
    """Makes by API what moto has and its CloudFormation has not; answers with what to call each."""
    wanted = json.load(sys.stdin)
    return {
        resource["id"]: MAKERS[resource["type"]](resource)
        for resource in wanted
        if resource["type"] in MAKERS
    }


def make_secret(resource):
    generate = resource["properties"].get("GenerateSecretString", {})
    value = boto3.client("secretsmanager").get_random_password(
        PasswordLength=generate.get("PasswordLength", 32), ExcludePunctuation=True
    )["RandomPassword"]
    if "GenerateStringKey" in generate:
        fixed = json.loads(generate.get("SecretStringTemplate", "{}"))
        value = json.dumps({**fixed, generate["GenerateStringKey"]: value})
    tags = {
        "aws:cloudformation:stack-name": resource["stack"],
        "aws:cloudformation:logical-id": resource["id"],
    }
    return boto3.client("secretsmanager").create_secret(
        Name=f"{resource['stack']}-{resource['id']}",
        SecretString=value,
        Tags=[{"Key": key, "Value": tag} for key, tag in tags.items()],
    )["ARN"]


def make_parameter_group(resource):
    properties, name = resource["properties"], f"{resource['stack']}-{resource['id']}".lower()
    rds = boto3.client("rds")
    rds.create_db_parameter_group(
        DBParameterGroupName=name,
        DBParameterGroupFamily=properties["Family"],
        Description=properties["Description"],
    )
    rds.modify_db_parameter_group(
        DBParameterGroupName=name,
        Parameters=[
            {"ParameterName": key, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
            for key, value in properties.get("Parameters", {}).items()
        ],
    )
    return name


MAKERS = {
    "AWS::SecretsManager::Secret": make_secret,
    "AWS::RDS::DBParameterGroup": make_parameter_group,
}


def attributes(stack):
    """Sets the attributes of balancers and target groups, which moto's CloudFormation drops."""
    wanted = json.load(sys.stdin)
    balancing = boto3.client("elbv2")
    resources = boto3.client("cloudformation").describe_stack_resources(StackName=stack)
    for resource in resources["StackResources"]:
        chosen = wanted.get(resource["LogicalResourceId"])
        if not chosen:
            continue
        if resource["ResourceType"].endswith("TargetGroup"):
            balancing.modify_target_group_attributes(
                TargetGroupArn=resource["PhysicalResourceId"], Attributes=chosen
            )
        else:
            balancing.modify_load_balancer_attributes(
                LoadBalancerArn=resource["PhysicalResourceId"], Attributes=chosen
            )
    return sorted(wanted)


def loosen():
    """Undoes what keeps moto from deleting the stacks, where it does not see what goes with what."""
    iam, ec2 = boto3.client("iam"), boto3.client("ec2")
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    for role in [role for role in roles if not role.startswith("cdk-")]:
        for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            iam.delete_role_policy(RoleName=role, PolicyName=name)
    for table in ec2.describe_route_tables()["RouteTables"]:
        if any(association["Main"] for association in table["Associations"]):
            continue
        for association in table["Associations"]:
            ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
        ec2.delete_route_table(RouteTableId=table["RouteTableId"])
    return roles


def prepare(zone, host_name):
    """What an operator has before the first deployment: a zone, and a certificate."""
    zone_id = boto3.client("route53").create_hosted_zone(Name=zone, CallerReference="rehearsal")
    certificate = boto3.client("acm").request_certificate(
        DomainName=host_name, ValidationMethod="DNS"
    )
    return {
        "zoneId": zone_id["HostedZone"]["Id"].split("/")[-1],
        "certificateArn": certificate["CertificateArn"],
    }


def ask(prefix):
    """Everything that the stacks are to have made, by the services' own answers."""
    balancing, ecs = boto3.client("elbv2"), boto3.client("ecs")
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    services = [
        service
        for cluster in ecs.list_clusters()["clusterArns"]
        for arn in ecs.list_services(cluster=cluster)["serviceArns"]
        for service in ecs.describe_services(cluster=cluster, services=[arn])["services"]
    ]
    balancers = balancing.describe_load_balancers()["LoadBalancers"]
    groups = balancing.describe_target_groups()["TargetGroups"]
    secrets = boto3.client("secretsmanager")
    return {
        "stacks": {stack["StackName"]: stack["StackStatus"] for stack in stacks if stack["StackName"].startswith(prefix)},
        "balancers": [
            {
                "scheme": balancer["Scheme"],
                "attributes": pairs(
                    balancing.describe_load_balancer_attributes(
                        LoadBalancerArn=balancer["LoadBalancerArn"]
                    )
                ),
                "listeners": balancing.describe_listeners(
                    LoadBalancerArn=balancer["LoadBalancerArn"]
                )["Listeners"],
            }
            for balancer in balancers
        ],
        "targetGroups": [
            {
                **group,
                "attributes": pairs(
                    balancing.describe_target_group_attributes(
                        TargetGroupArn=group["TargetGroupArn"]
                    )
                ),
            }
            for group in groups
        ],
        "services": services,
        "taskDefinitions": [
            ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
            for service in services
        ],
        "databases": boto3.client("rds").describe_db_instances()["DBInstances"],
        "parameters": parameters(),
        "secrets": [
            {
                "name": secret["Name"],
                "tags": {tag["Key"]: tag["Value"] for tag in secret.get("Tags", [])},
                "isSet": "AWSCURRENT"
                in sum(secrets.describe_secret(SecretId=secret["ARN"]).get("VersionIdsToStages", {}).values(), []),
            }
            for secret in secrets.list_secrets()["SecretList"]
        ],
        "records": records(),
        "buckets": [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]],
    }


def pairs(answer):
    return {attribute["Key"]: attribute["Value"] for attribute in answer["Attributes"]}


def parameters():
    rds = boto3.client("rds")
    return {
        group["DBParameterGroupName"]: {
            parameter["ParameterName"]: parameter.get("ParameterValue")
            for parameter in rds.describe_db_parameters(
                DBParameterGroupName=group["DBParameterGroupName"]
            )["Parameters"]
        }
        for group in rds.describe_db_parameter_groups()["DBParameterGroups"]
    }


def records():
    route53 = boto3.client("route53")
    return [
        record["Name"]
        for zone in route53.list_hosted_zones()["HostedZones"]
        for record in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        if record["Type"] == "A"
    ]


ANSWERS = {
    "supported": supported,
    "make": make,
    "attributes": attributes,
    "loosen": loosen,
    "prepare": prepare,
    "ask": ask,
}

if __name__ == "__main__":
    print(json.dumps(ANSWERS[sys.argv[1]](*sys.argv[2:]), default=str))
