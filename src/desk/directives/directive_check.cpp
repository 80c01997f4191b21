#include "desk/directives/directive_check.h"

#include "base/text/utf8.h"
#include "model/refusal.h"

namespace vedette::desk {

using Most = DirectiveLimits;

Result<void> check_directive_field(std::string_view field, const std::string& text, std::size_t most,
                                   bool needed, bool one_line) {
  if (needed && text.find_first_not_of(" \n\t\r") == std::string::npos)
    return refuse(ErrorCode::kInvalid, "directive.missing", {{"field", std::string(field)}});
  const bool fits =
      text.size() <= most && is_valid_utf8(text) && std::ranges::none_of(text, [&](unsigned char c) {
        return c == 0x7f || (c < 0x20 && (one_line || (c != '\n' && c != '\t' && c != '\r')));
      });
  if (fits) return {};
  return refuse(ErrorCode::kInvalid, "directive.text",
                {{"field", std::string(field)}, {"most", std::to_string(most)}});
}

Result<void> check_directive(const Directive& draft, bool by_mail) {
  TRY(check_directive_field("reference", draft.reference, Most::kNameBytes, true, true));
  TRY(check_directive_field("authority", draft.authority, Most::kNameBytes, true, true));
  TRY(check_directive_field("legal_basis", draft.legal_basis, Most::kNameBytes, !by_mail, true));
  TRY(check_directive_field("title", draft.title, Most::kNameBytes, true, true));
  TRY(check_directive_field("scope", draft.scope, Most::kScopeBytes, false, false));
  TRY(check_directive_field("text", draft.text, Most::kTextBytes, false, false));
  if (draft.due_at && *draft.due_at <= draft.received_at) return refuse(ErrorCode::kInvalid, "directive.due");
  return {};
}

Result<void> check_directive_file(const std::string& name, std::string_view bytes) {
  TRY(check_directive_field("name", name, Most::kNameBytes, true, true));
  if (bytes.empty()) return refuse(ErrorCode::kInvalid, "directive.empty_file");
  if (bytes.size() <= Most::kFileBytes) return {};
  return refuse(ErrorCode::kLimit, "directive.large", {{"most_mib", std::to_string(Most::kFileBytes >> 20)}});
}

std::unexpected<Error> too_many_files() {
  return refuse(ErrorCode::kLimit, "directive.many_files", {{"most", std::to_string(Most::kFiles)}});
}

}  // namespace vedette::desk
