"""The AWS emulator with gaps closed that tests of this project would fall into.

Each function replaces or wraps one of ministack's and says what AWS does. To be looked through at every new version.
"""

import dataclasses
import json
import uuid
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

from ministack.app import _enforce_data_plane, app  # noqa: F401  (the application that the web server runs)
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import cloudwatch, cloudwatch_logs, dynamodb, ec2, eventbridge, iam, lambda_svc, s3, transfer

import alarms
import kms
import locks
from shims import bucket_events, checksums, event_sources, log_lines, owners, pages, permissions, scans, settling, visibility

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
ElementTree.register_namespace("", NAMESPACE)


def list_object_versions(list_plain):
    """ListObjectVersions with encoding-type=url: AWS answers with encoded keys, ministack with raw ones.

    The AWS provider decodes them when it empties a bucket, and fails on a key that has a percent sign.
    docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
    """

    encoded = {f"{{{NAMESPACE}}}{name}" for name in ("Key", "Prefix", "Delimiter", "KeyMarker", "NextKeyMarker")}

    def list_encoded(bucket_name, query_params):
        status, headers, body = list_plain(bucket_name, query_params)
        wanted = query_params.get("encoding-type")
        if status != 200 or (wanted[0] if isinstance(wanted, list) else wanted) != "url":
            return status, headers, body
        root = ElementTree.fromstring(body)
        for element in root.iter():
            if element.tag in encoded and element.text:
                element.text = quote(element.text, safe="/")
        ElementTree.SubElement(root, f"{{{NAMESPACE}}}EncodingType").text = "url"
        return status, headers, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)

    return list_encoded


s3._list_object_versions = list_object_versions(s3._list_object_versions)


def parse_ip_permissions(parse_plain):
    """Ports of a rule for all protocols: AWS ignores them, ministack compares them.

    The AWS provider takes the rule that lets everything out of a new security group by protocol -1, ports 0 to 0; it would stay.
    docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
    """

    def parse_without_ports(params, prefix):
        rules = parse_plain(params, prefix)
        for rule in rules:
            if rule["IpProtocol"] == "-1":
                rule.pop("FromPort", None)
                rule.pop("ToPort", None)
        return rules

    return parse_without_ports


ec2._parse_ip_permissions = parse_ip_permissions(ec2._parse_ip_permissions)


def with_query_definitions(handle_plain):
    """Saved queries of Logs Insights, which ministack doesn't know: put, described and deleted.

    docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
    """

    definitions = {}

    def put(data):
        identity = data.get("queryDefinitionId") or str(uuid.uuid4())
        kept = ("name", "queryString", "logGroupNames", "queryLanguage")
        definitions[identity] = {"queryDefinitionId": identity, "logGroupNames": []}
        definitions[identity].update({name: data[name] for name in kept if name in data})
        return {"queryDefinitionId": identity}

    def describe(data):
        prefix = data.get("queryDefinitionNamePrefix", "")
        return {"queryDefinitions": [one for one in definitions.values() if one["name"].startswith(prefix)]}

    def delete(data):
        return {"success": definitions.pop(data.get("queryDefinitionId"), None) is not None}

    actions = {"PutQueryDefinition": put, "DescribeQueryDefinitions": describe, "DeleteQueryDefinition": delete}

    async def handle(method, path, headers, body, query_params):
        action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        if action not in actions:
            return await handle_plain(method, path, headers, body, query_params)
        answer = actions[action](json.loads(body or b"{}"))
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()

    return handle


cloudwatch_logs.handle_request = with_query_definitions(cloudwatch_logs.handle_request)


def with_keys_of_groups(handle_plain):
    """Another key for a log group, or none, which ministack takes only when the group is made.

    docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html, API_DisassociateKmsKey.html
    """

    async def handle(method, path, headers, body, query_params):
        action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        if action not in ("AssociateKmsKey", "DisassociateKmsKey"):
            return await handle_plain(method, path, headers, body, query_params)
        data = json.loads(body)
        cloudwatch_logs._log_groups[data["logGroupName"]]["kmsKeyId"] = data.get("kmsKeyId")
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, b""

    return handle


cloudwatch_logs.handle_request = with_keys_of_groups(cloudwatch_logs.handle_request)


def watch_alarms():
    """Alarms as CloudWatch evaluates them: by dimensions, periods, data points to alarm and missing data (see alarms.py).

    ministack compares everything that it has of a metric's name, whatever its dimensions, and changes nothing where there
    is no data, so that no alarm on sparse data ever ends. CloudWatch looks each minute; here it looks whenever it is
    written to and whenever somebody asks for alarms.

    Its clock may go ahead of the machine's, by the seconds in the file `cloudwatch-clock`, so that a test needn't wait for
    an hour: what is put now then lies at the time that it shows.
    """

    clock_file = Path("cloudwatch-clock")
    time = cloudwatch.time

    def ahead():
        return float(clock_file.read_text()) if clock_file.exists() else 0.0

    class Clock:
        def __getattr__(self, name):
            return getattr(time, name)

        def time(self):
            return time.time() + ahead()

    cloudwatch.time = Clock()

    store_plain = cloudwatch._store_datum

    def store(namespace, name, dims, at, *rest):
        store_plain(namespace, name, dims, min(at + ahead(), cloudwatch.time.time()), *rest)

    cloudwatch._store_datum = store

    def evaluate(alarm):
        namespace, metric = alarm.get("Namespace"), alarm.get("MetricName")
        if not namespace or not metric:
            return
        dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))
        stored = cloudwatch._metrics.get((namespace, metric, dimensions)) or []
        name = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"

        def statistic(points):
            return cloudwatch._stat_value(cloudwatch._calc_stats(points), name, points)

        points = [(point["Timestamp"], point) for point in stored]
        values = alarms.values_of(points, alarm, cloudwatch.time.time(), statistic)
        old = alarm["StateValue"]
        new = alarms.state_of(values, alarm, old)
        if new == old:
            return
        reason = f"Threshold Crossed: {name} of the last periods, the newest first: {values}"
        alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=int(cloudwatch.time.time()))
        cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
        cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
        cloudwatch._evaluate_parent_alarms(alarm)

    def after_a_look(describe):
        # Of those alone that are asked for by name, where any are: Terraform asks for thousands one by one.
        def described(params, data, *kind):
            names = data.get("AlarmNames") if isinstance(data, dict) else None
            asked = cloudwatch._alarms.values() if not names else map(cloudwatch._alarms.get, names)
            for alarm in list(asked):
                if alarm is not None:
                    evaluate(alarm)
            return describe(params, data, *kind)

        return described

    cloudwatch._evaluate_alarm = evaluate
    for name in ("_describe_alarms", "_describe_alarm_history"):
        setattr(cloudwatch, name, after_a_look(getattr(cloudwatch, name)))


watch_alarms()


def across_accounts_and_regions(dispatch_plain):
    """Events that a rule sends to a bus of another account or region: AWS delivers them, ministack drops them.

    A bus of another account takes them only if its policy lets that account in.
    docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
    """

    def lets_in(bus, account):
        policy = eventbridge._event_bus_policies.get(bus) or {}
        principals = [statement.get("Principal") for statement in policy.get("Statement", [])]
        names = [one.get("AWS") if isinstance(one, dict) else one for one in principals]
        return any(name in ("*", account, f"arn:aws:iam::{account}:root") for name in names)

    def dispatch(spec, event, rule, event_path, target_input_payload=None):
        here = get_account_id()
        if (spec.account_id, spec.region) == (here, get_region()):
            return dispatch_plain(spec, event, rule, event_path, target_input_payload)
        with request_scope(spec.account_id, spec.region):
            bus = spec.resource.split("/", 1)[-1]
            if spec.account_id == here or lets_in(bus, here):
                return dispatch_plain(spec, event, rule, event_path, target_input_payload)
        return None

    return dispatch


eventbridge._dispatch_to_event_bus = across_accounts_and_regions(eventbridge._dispatch_to_event_bus)


def by_principal(allows_plain, evaluate_plain):
    """Bucket policies of another account's bucket: AWS compares with the caller, ministack with the root of its account.

    So a policy that names a role let nobody in.
    docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example4.html
    """
    caller = ContextVar("caller", default=None)

    def evaluate(policy, context, *more, **named):
        who = caller.get()
        if who is not None and context.principal_type == "Root":
            context = dataclasses.replace(
                context, principal_arn=who.arn, principal_type=who.type, principal_account=who.account
            )
        return evaluate_plain(policy, context, *more, **named)

    def allows(owner, bucket, key, method, query, account, headers=None):
        access_key = s3._request_access_key(method, key, headers or {}, query, b"") if account else ""
        who = iam_evaluator.resolve_principal(access_key, account) if access_key else None
        token = caller.set(who if hasattr(who, "arn") else None)
        try:
            return allows_plain(owner, bucket, key, method, query, account, headers)
        finally:
            caller.reset(token)

    return allows, evaluate


s3._foreign_bucket_allows, iam_evaluator.evaluate_resource_policy = by_principal(
    s3._foreign_bucket_allows, iam_evaluator.evaluate_resource_policy
)


def with_times_of_objects(build_plain):
    """Times of files that Transfer Family serves: AWS tells when the object was last modified, ministack the present time.

    A file whose time is another one at every look never holds still.
    docs.aws.amazon.com/transfer/latest/userguide/how-aws-transfer-works.html
    """

    def dated(server, path, attributes):
        bucket, key = server._resolve(path)
        found = transfer._sftp_s3_get_object(server._account_id, bucket, key)
        if found:
            when = datetime.fromisoformat(found["last_modified"].replace("Z", "+00:00"))
            attributes.atime = attributes.mtime = int(when.timestamp())
        return attributes

    def build():
        fresh = transfer._MiniStackSFTPServer is None
        build_plain()
        kind = transfer._MiniStackSFTPServer
        if not fresh or kind is None:
            return
        stat, open_file, scandir = kind.stat, kind.open, kind.scandir

        def open_dated(self, path, pflags, attributes):
            handle = open_file(self, path, pflags, attributes)
            opened = self._open_files[handle]
            if opened["mode"] == "read":
                opened["mtime"] = dated(self, path, stat(self, path)).mtime
            return handle

        async def scandir_dated(self, path):
            async for name in scandir(self, path):
                dated(self, path.rstrip(b"/") + b"/" + name.filename, name.attrs)
                yield name

        kind.stat = kind.lstat = lambda self, path: dated(self, path, stat(self, path))
        kind.open, kind.scandir = open_dated, scandir_dated

    return build


transfer._ensure_sftp_runtime = with_times_of_objects(transfer._ensure_sftp_runtime)


kms.ask_for_keys()


def hiding_what_is_missing(handle_plain):
    """A GET or HEAD of what isn't there: AWS answers 403 to whoever may not list the whole bucket, ministack 404 to all.

    A ListBucket that is allowed on condition of a prefix doesn't count, since such a request has none.
    docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, Permissions
    """

    denied = (
        b'<?xml version="1.0" encoding="UTF-8"?>'
        b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    )

    async def handle(method, path, headers, body, query_params, *rest, **options):
        answer = await handle_plain(method, path, headers, body, query_params, *rest, **options)
        status, found, content = answer[:3]
        bucket, _, key = path.lstrip("/").partition("/")
        if status != 404 or method not in ("GET", "HEAD") or key == "" or "uploadId" in query_params:
            return answer
        if method == "GET" and b"NoSuchKey" not in content and b"NoSuchVersion" not in content:
            return answer
        resource = f"arn:aws:s3:::{bucket}"
        if _enforce_data_plane("s3", "s3:ListBucket", headers, query_params, "", resource_arn=resource) is None:
            return answer
        return 403, {**found, "Content-Type": "application/xml"}, b"" if method == "HEAD" else denied

    return handle


s3.handle_request = hiding_what_is_missing(s3.handle_request)


def with_invoked_arn(record_plain):
    """The ARN by which a function was invoked: AWS tells the alias of a rule's target and of an event source, ministack of Invoke alone.

    docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html, invokedFunctionArn
    """

    def record_for(func, qualifier):
        record, config = record_plain(func, qualifier)
        if record is None or qualifier not in func.get("aliases", {}):
            return record, config
        invoked = {**config, "FunctionArn": f"{func['config']['FunctionArn']}:{qualifier}"}
        return {**record, "config": invoked}, invoked

    return record_for


lambda_svc._effective_func_record_for_qualifier = with_invoked_arn(lambda_svc._effective_func_record_for_qualifier)


locks.lock_as_s3_does()

def update_table(update_plain):
    """UpdateTable that adds an index: AWS tells the index's warm throughput, for which the AWS provider waits, ministack doesn't.

    docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GlobalSecondaryIndexDescription.html
    """

    def update_with_warm_indexes(data):
        answer = update_plain(data)
        updates = data.get("GlobalSecondaryIndexUpdates", [])
        added = {update["Create"]["IndexName"] for update in updates if "Create" in update}
        table = dynamodb._tables.get(dynamodb._normalize_table_name(data.get("TableName"))) if added else None
        for index in table["GlobalSecondaryIndexes"] if table else []:
            if index["IndexName"] in added:
                index["WarmThroughput"] = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
        return answer

    return update_with_warm_indexes


dynamodb._update_table = update_table(dynamodb._update_table)

# What is stricter on AWS: see shims/README.md.
s3.handle_request = owners.with_owners(pages.with_pages(s3.handle_request))
s3._crc64nvme = checksums.crc64nvme
s3._upload_part = checksums.with_kind(s3._upload_part)
s3._complete_multipart_upload, s3._composite_checksum = checksums.with_whole(
    s3._complete_multipart_upload, s3._composite_checksum
)
s3._object_response_headers = checksums.with_type(s3._object_response_headers)
iam_actions._s3_object_context = checksums.with_content(iam_actions._s3_object_context)
s3._put_bucket_notification = bucket_events.with_start(s3._put_bucket_notification)
s3._fire_s3_event = bucket_events.with_version(s3._fire_s3_event)
iam_actions.request_tag_context = event_sources.with_sources(iam_actions.request_tag_context)
eventbridge._dispatch_event = bucket_events.with_facts(eventbridge._dispatch_event)
eventbridge._put_events = scans.with_scans(eventbridge._put_events)
eventbridge._invoke_target = permissions.with_permissions(eventbridge._invoke_target)
cloudwatch_logs._append_log_events = log_lines.with_limit(cloudwatch_logs._append_log_events)
lambda_svc.handle_request = visibility.with_visibility(lambda_svc.handle_request)
iam_evaluator._gather_role_policies, iam.handle_request = settling.with_settling(
    iam_evaluator._gather_role_policies, iam.handle_request
)
