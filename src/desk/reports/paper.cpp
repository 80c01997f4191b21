#include "desk/reports/paper.h"

#include <boost/json.hpp>

namespace vedette::desk {
namespace {

namespace json = boost::json;

json::object two_json(const TwoLanguages& text) { return {{"vi", text.vi}, {"en", text.en}}; }

// Reads what to_text() wrote: boost's at() throws for what is not there, and paper_from() catches it.
std::string text_at(const json::object& object, std::string_view key) {
  return std::string(object.at(key).as_string());
}
TwoLanguages two_at(const json::object& object, std::string_view key) {
  const auto& two = object.at(key).as_object();
  return {text_at(two, "vi"), text_at(two, "en")};
}

}  // namespace

const PaperField* Paper::field(std::string_view id) const {
  for (const auto& section : sections) {
    auto found = std::ranges::find(section.fields, id, &PaperField::id);
    if (found != section.fields.end()) return &*found;
  }
  return nullptr;
}

Paper paper_of(const Form& form, const Facts& facts, const TypedValues& typed) {
  Paper out{.form = form.id, .citation = form.citation, .title = form.name, .verified = form.verified};
  for (const auto& section : form.sections) {
    PaperSection made{.name = section.name};
    for (const auto& field : section.fields) {
      PaperField value{.id = field.id,
                       .label = field.label,
                       .required = field.required,
                       .citation = field.citation.empty() ? form.citation : field.citation};
      if (auto own = typed.find(field.id); own != typed.end() && !own->second.text.empty()) {
        value.typed = true;
        value.value = {own->second.text, own->second.text};
        for (auto language : {Language::kVietnamese, Language::kEnglish}) {
          Message source{"desk.report_source.typed",
                         {{"who", own->second.by}, {"when", render_time(own->second.at, language)}}};
          (language == Language::kVietnamese ? value.source.vi : value.source.en) = render(source, language);
        }
      } else if (auto fact = facts.find(field.from); fact != facts.end() && !fact->second.text.vi.empty()) {
        value.value = fact->second.text;
        value.source = fact->second.source;
      }
      made.fields.push_back(std::move(value));
    }
    out.sections.push_back(std::move(made));
  }
  return out;
}

std::vector<const PaperField*> missing_fields(const Paper& paper) {
  std::vector<const PaperField*> out;
  for (const auto& section : paper.sections) {
    for (const auto& field : section.fields) {
      if (field.missing()) out.push_back(&field);
    }
  }
  return out;
}

std::vector<std::string> changed_fields(const Paper& paper, const Paper& now) {
  std::vector<std::string> out;
  for (const auto& section : paper.sections) {
    for (const auto& field : section.fields) {
      const auto* other = now.field(field.id);
      if (!other || other->value != field.value) out.push_back(field.id);
    }
  }
  for (const auto& section : now.sections) {
    for (const auto& field : section.fields) {
      if (!paper.field(field.id)) out.push_back(field.id);
    }
  }
  return out;
}

std::string to_text(const Paper& paper) {
  json::array sections;
  for (const auto& section : paper.sections) {
    json::array fields;
    for (const auto& field : section.fields)
      fields.push_back(json::object{{"id", field.id},
                                    {"label", two_json(field.label)},
                                    {"value", two_json(field.value)},
                                    {"source", two_json(field.source)},
                                    {"required", field.required},
                                    {"typed", field.typed},
                                    {"citation", field.citation}});
    sections.push_back(json::object{{"name", two_json(section.name)}, {"fields", std::move(fields)}});
  }
  return json::serialize(json::object{{"form", paper.form},
                                      {"citation", paper.citation},
                                      {"title", two_json(paper.title)},
                                      {"verified", paper.verified},
                                      {"sections", std::move(sections)}});
}

Result<Paper> paper_from(std::string_view text) {
  try {
    const auto value = json::parse(text);
    const auto& root = value.as_object();
    Paper out{.form = text_at(root, "form"),
              .citation = text_at(root, "citation"),
              .title = two_at(root, "title"),
              .verified = root.at("verified").as_bool()};
    for (const auto& one : root.at("sections").as_array()) {
      const auto& section = one.as_object();
      PaperSection made{.name = two_at(section, "name")};
      for (const auto& inner : section.at("fields").as_array()) {
        const auto& field = inner.as_object();
        made.fields.push_back({text_at(field, "id"), two_at(field, "label"), two_at(field, "value"),
                               two_at(field, "source"), field.at("required").as_bool(),
                               field.at("typed").as_bool(), text_at(field, "citation")});
      }
      out.sections.push_back(std::move(made));
    }
    return out;
  } catch (const std::exception& problem) {  // of the JSON library alone
    return fail(ErrorCode::kCorrupt, fmt::format("a stored paper is damaged: {}", problem.what()));
  }
}

}  // namespace vedette::desk
