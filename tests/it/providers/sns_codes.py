# Every error that AWS's published model has for sending a text message: status and code.
import botocore.session

model = botocore.session.Session().get_service_model("sns")
shapes = model.operation_model("Publish").error_shapes + model.operation_model("CheckIfPhoneNumberIsOptedOut").error_shapes
for shape in sorted({(s.metadata["error"]["httpStatusCode"], s.metadata["error"]["code"]) for s in shapes}):
    print(*shape)
print(400, model.shape_for("OptedOutException").metadata["error"]["code"])
