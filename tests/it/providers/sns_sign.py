# Signs a request as AWS's own client does it: prints the value of the header Authorization.
# Arguments: url, body, date, region, key id, secret, token (may be empty).
import sys
from unittest import mock
import datetime
from botocore import auth, awsrequest, credentials

url, body, date, region, key, secret, token = sys.argv[1:]
now = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
request = awsrequest.AWSRequest("POST", url, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
with mock.patch.object(auth, "get_current_datetime", lambda *a, **k: now.replace(tzinfo=None)):
    auth.SigV4Auth(credentials.Credentials(key, secret, token or None), "sns", region).add_auth(request)
assert request.headers["X-Amz-Date"] == date, request.headers["X-Amz-Date"]
print(request.headers["Authorization"])
