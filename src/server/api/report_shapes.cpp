#include "desk/reports/report.h"
#include "server/api/report_part.h"

namespace vedette::server {
using namespace shape;
namespace {

using Limits = desk::ReportLimits;
constexpr std::int64_t kValueBytes = 1'000'000;  // a list of alerts and notes can be long

Schema status_word() { return one_of({"verified", "unverified"}); }

std::vector<SchemaField> report_fields() {
  auto approval = object({required("by", text()), required("at", time()), required("sha256", text(64))});
  return {required("id", id()),
          required("incident_id", id()),
          required("reference", text(20)),
          required("incident_title", text()),
          required("form", text(40)),
          required("form_name", text(2'000)),
          required("state", one_of({"draft", "in_review", "approved", "sent", "receipted", "dropped"})),
          required("revision", count()),
          required("clock", nullable(reference("Clock"))),
          required("missing", count()),
          required("approvals", list(std::move(approval))),
          required("approvals_needed", count()),
          required("created_at", time()),
          required("created_by", text()),
          required("updated_at", time()),
          required("sent_at", nullable(time())),
          required("sent_by", nullable(text())),
          required("sent_note", nullable(text(Limits::kTextBytes))),
          required("receipted_at", nullable(time())),
          required("receipted_by", nullable(text())),
          required("receipt", nullable(text(Limits::kTextBytes)))};
}

}  // namespace

Schema report_shape() { return object(report_fields()); }

Schema report_detail_shape() {
  auto field =
      object({required("id", text(40)), required("label", text(2'000)), required("value", text(kValueBytes)),
              required("source", text(2'000)), required("typed", nullable(text(Limits::kTextBytes))),
              required("required", boolean()), required("missing", boolean()), required("changed", boolean()),
              required("citation", text(2'000))});
  auto section = object({required("name", text(2'000)), required("fields", list(std::move(field)))});
  auto fields = report_fields();
  fields.push_back(required("sections", list(std::move(section))));
  fields.push_back(required("citation", text(2'000)));
  fields.push_back(required("status", status_word()));
  fields.push_back(required("sha256", nullable(text(64))));
  fields.push_back(required("authors", list(text())));
  fields.push_back(required("form_known", boolean()));
  return object(std::move(fields));
}

Schema report_form_shape() {
  return object({required("id", text(40)), required("name", text(2'000)),
                 required("regime", nullable(text(40))), required("step", nullable(text(40))),
                 required("status", status_word()), required("citation", text(2'000)),
                 required("approvals", count())});
}

Schema organisation_shape() {
  const auto field = [] { return text(desk::Organisation::kFieldBytes); };
  return object({required("name", field()), required("address", field()), required("sector", field()),
                 required("contact", field()), required("phone", field()), required("email", field())});
}

}  // namespace vedette::server
