#include "desk/advisories/advisory_json.h"

#include "desk/advisories/indicator.h"
#include "model/refusal.h"

namespace vedette::desk {

Result<boost::json::value> parse_advisory_json(std::string_view bytes) {
  if (bytes.size() > AdvisoryLimits::kBytes)
    return refuse(ErrorCode::kLimit, "advisory.large",
                  {{"most_mib", std::to_string(AdvisoryLimits::kBytes >> 20)}});
  boost::json::parse_options options;
  options.max_depth = AdvisoryLimits::kDepth;
  boost::json::stream_parser parser({}, options);
  boost::json::error_code error;
  const auto read = parser.write_some(bytes, error);
  const bool rest = bytes.find_first_not_of(" \t\r\n", read) != std::string_view::npos;
  if (!error && !rest) parser.finish(error);
  if (error || rest)
    return refuse(ErrorCode::kInvalid, "advisory.json",
                  {{"byte", std::to_string(read + 1)}, {"why", error ? error.message() : "extra data"}});
  return parser.release();
}

std::string_view text_member(const boost::json::object& of, std::string_view key) {
  const auto* value = of.if_contains(key);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}
const boost::json::array* list_member(const boost::json::object& of, std::string_view key) {
  const auto* value = of.if_contains(key);
  return value ? value->if_array() : nullptr;
}
const boost::json::object* object_member(const boost::json::object& of, std::string_view key) {
  const auto* value = of.if_contains(key);
  return value ? value->if_object() : nullptr;
}
bool is_true(const boost::json::object& of, std::string_view key) {
  const auto* value = of.if_contains(key);
  if (!value) return false;
  if (const auto* flag = value->if_bool()) return *flag;
  if (const auto* number = value->if_int64()) return *number != 0;
  const auto text = text_member(of, key);
  return text == "1" || text == "true";
}

}  // namespace vedette::desk
