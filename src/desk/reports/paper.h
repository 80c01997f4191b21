// Paper: a filled form, in both languages: what is reviewed, approved by its SHA-256, and sent. Plain value;
// pure functions.
#pragma once

#include "desk/reports/form.h"
#include "desk/reports/report_facts.h"

namespace vedette::desk {

struct PaperField {
  std::string id = {};
  TwoLanguages label = {}, value = {};
  TwoLanguages source = {};  // where the value comes from; empty: nobody has given one
  bool required = false, typed = false;
  std::string citation = {};
  bool missing() const { return required && value.vi.empty(); }
  bool operator==(const PaperField&) const = default;
};

struct PaperSection {
  TwoLanguages name = {};
  std::vector<PaperField> fields = {};
  bool operator==(const PaperSection&) const = default;
};

struct Paper {
  std::string form = {}, citation = {};
  TwoLanguages title = {};
  bool verified = false;
  std::vector<PaperSection> sections = {};
  bool operator==(const Paper&) const = default;

  const PaperField* field(std::string_view id) const;
};

// Field id → who typed what. What was typed stands before the fact.
struct TypedValue {
  std::string text = {}, by = {};
  WallTime at{};
  bool operator==(const TypedValue&) const = default;
};
using TypedValues = std::map<std::string, TypedValue, std::less<>>;

Paper paper_of(const Form& form, const Facts& facts, const TypedValues& typed);
std::vector<const PaperField*> missing_fields(const Paper& paper);
// Ids of fields whose value is another one in `now`, or that stand in only one of the two.
std::vector<std::string> changed_fields(const Paper& paper, const Paper& now);

// As stored; the same paper gives the same bytes, so that their SHA-256 names it.
std::string to_text(const Paper& paper);
Result<Paper> paper_from(std::string_view text);  // kCorrupt

}  // namespace vedette::desk
