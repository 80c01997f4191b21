#include "desk/reports/form.h"

#include <algorithm>

#include "desk/clocks/toml_fields.h"
#include "desk/reports/report_facts.h"

namespace vedette::desk {
namespace {

constexpr std::array<std::string_view, 2> kFormStatuses{"unverified", "verified"};

Result<void> read_field(const toml::table& table, std::string_view file, const Form& form,
                        FormSection& section) {
  TomlFields fields(table, file);
  FormField out;
  out.id = fields.id("id");
  if (form.field(out.id) || std::ranges::count(section.fields, out.id, &FormField::id) > 0)
    fields.refuse("id", "is the id of two fields; rename one");
  out.label = fields.both("label");
  if (fields.has("from")) out.from = fact_names()[fields.word("from", fact_names())];
  out.required = fields.flag("required", false);
  if (fields.has("citation")) out.citation = fields.text("citation");
  section.fields.push_back(std::move(out));
  return fields.finish();
}

Result<void> read_section(const toml::table& table, std::string_view file, Form& form) {
  TomlFields fields(table, file);
  FormSection out;
  out.name = fields.both("name");
  for (const auto* field : fields.tables("field", FormLimits::kFields))
    fields.take(read_field(*field, file, form, out));
  if (out.fields.empty()) fields.refuse("field", "is missing; write at least one [[section.field]]");
  form.sections.push_back(std::move(out));
  return fields.finish();
}

}  // namespace

const FormField* Form::field(std::string_view id) const {
  for (const auto& section : sections) {
    auto found = std::ranges::find(section.fields, id, &FormField::id);
    if (found != section.fields.end()) return &*found;
  }
  return nullptr;
}

Result<Form> parse_form(std::string_view toml, std::string_view file) {
  TRY_ASSIGN(auto root, read_toml(toml, file));
  TomlFields fields(root, file);
  Form out;
  out.id = fields.id("id");
  out.name = fields.both("name");
  if (fields.has("regime")) out.regime = fields.id("regime");
  if (fields.has("step")) {
    out.step = fields.id("step");
    if (out.regime.empty()) fields.refuse("step", "needs `regime`: of which one it is a step");
  }
  out.verified = fields.word("status", kFormStatuses) == 1;
  out.verified_on = fields.verified_on(out.verified, "the form");
  out.citation = fields.text("citation");
  out.zone = fields.zone("zone");
  if (fields.has("approvals")) out.approvals = static_cast<int>(fields.number("approvals", 1, 2));
  for (const auto* section : fields.tables("section", FormLimits::kSections))
    fields.take(read_section(*section, file, out));
  if (out.sections.empty()) fields.refuse("section", "is missing; write at least one [[section]]");
  TRY(fields.finish());
  return out;
}

}  // namespace vedette::desk
