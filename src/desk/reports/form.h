// Form: what a report has to say, as data: sections of fields, each with where its value comes from, whether
// it must be there, and by which rule.
//
// Source of the form: content/forms/*.toml and docs/reports.md. `verified` is what a person has said who
// compared the file with the authority's own form; a paper made from anything else says so. Plain values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "desk/clocks/two_languages.h"

namespace vedette::desk {

struct FormField {
  std::string id = {};
  TwoLanguages label = {};
  std::string from = {};  // one of fact_names() (report_facts.h); empty: a person types it
  bool required = false;
  std::string citation = {};  // empty: that of the form
};

struct FormSection {
  TwoLanguages name = {};
  std::vector<FormField> fields = {};
};

struct Form {
  std::string id = {};
  TwoLanguages name = {};
  std::string regime = {}, step = {};  // the clock it answers; without `step`: none of the regime, e.g. a
                                       // report of progress; without `regime`: any incident
  bool verified = false;
  std::optional<std::chrono::local_days> verified_on = {};
  std::string citation = {};
  std::string zone = {};  // IANA: in which its times are written
  int approvals = 2;      // different people who must approve, 1 or 2
  std::vector<FormSection> sections = {};

  const FormField* field(std::string_view id) const;
};

struct FormLimits {
  static constexpr std::size_t kSections = 32, kFields = 64;  // fields of a section
};

// `file` is for messages. kInvalid and kLimit name file, line, key and what to do.
Result<Form> parse_form(std::string_view toml, std::string_view file);

}  // namespace vedette::desk
