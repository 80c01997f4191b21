#include "desk/reports/organisation.h"

#include <array>
#include <boost/json.hpp>

#include "desk/context.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, std::string Organisation::*>, 6> kParts{
    {{"name", &Organisation::name},
     {"address", &Organisation::address},
     {"sector", &Organisation::sector},
     {"contact", &Organisation::contact},
     {"phone", &Organisation::phone},
     {"email", &Organisation::email}}};

}  // namespace

Result<Organisation> load_organisation(store::Session& session) {
  Organisation out;
  TRY_ASSIGN(auto stored, desk_value(session, "organisation"));
  if (!stored) return out;
  boost::system::error_code problem;
  auto value = json::parse(*stored, problem);
  if (problem || !value.is_object())
    return fail(ErrorCode::kCorrupt, "the stored organisation is damaged; enter it again");
  for (auto [name, part] : kParts) {
    if (const auto* text = value.get_object().if_contains(name); text && text->is_string())
      out.*part = std::string(text->get_string());
  }
  return out;
}

Result<void> save_organisation(store::Session& session, const Clock& clock, const Organisation& organisation,
                               const std::string& by) {
  json::object value;
  for (auto [name, part] : kParts) {
    if ((organisation.*part).size() > Organisation::kFieldBytes)
      return refuse(ErrorCode::kInvalid, "incident.text",
                    {{"field", std::string(name)}, {"most", std::to_string(Organisation::kFieldBytes)}});
    value[name] = organisation.*part;
  }
  auto text = json::serialize(value);
  TRY(set_desk_value(session, "organisation", text));
  return append_audit(session, clock.wall(), by, "organisation.changed", "organisation", text);
}

}  // namespace vedette::desk
