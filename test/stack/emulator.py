"""The AWS emulator with gaps closed that tests of this project would fall into.

Each function replaces or wraps one of ministack's and says what AWS does. To be looked through at every new version.
"""

from urllib.parse import quote
from xml.etree import ElementTree

from ministack.app import app  # noqa: F401  (the application that the web server runs)
from ministack.services import s3

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
