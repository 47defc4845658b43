# Publishes a message as AWS's own client does it. Arguments: url, number, text, the attribute of the sender, the sender.
import sys
import botocore.session
from botocore.config import Config

url, number, text, attribute, sender = sys.argv[1:]
session = botocore.session.Session()
session.set_credentials("AKIAIOSFODNN7EXAMPLE", "other-secret")
client = session.create_client(
    "sns", region_name="eu-west-1", endpoint_url=url, config=Config(proxies={}, retries={"total_max_attempts": 1})
)
kind = {"DataType": "String", "StringValue": "Transactional"}
client.publish(
    PhoneNumber=number,
    Message=text,
    MessageAttributes={"AWS.SNS.SMS.SMSType": kind, attribute: {"DataType": "String", "StringValue": sender}},
)
