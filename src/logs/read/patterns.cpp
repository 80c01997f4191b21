#include "logs/read/patterns.h"

#include <algorithm>

#include "logs/read/patterns_impl.h"

namespace vedette::logs {
namespace {

constexpr std::size_t kSessionKeyBytesMax = 128, kRememberedBytesMax = 256;

std::string_view view(re2::StringPiece piece) { return {piece.data(), piece.size()}; }

std::string session_key(const Pattern& pattern, std::string_view session, const FieldList& fields) {
  std::string key = pattern.service;
  key += '\n';
  key += fields.value("host.hostname").value_or("").substr(0, kSessionKeyBytesMax);
  key += pattern.session >= 0 ? "\ns" : "\np";
  key += pattern.session >= 0 ? session.substr(0, kSessionKeyBytesMax)
                              : fields.value("process.pid").value_or("").substr(0, kSessionKeyBytesMax);
  return key;
}

}  // namespace

PatternSet::PatternSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;
PatternSet::~PatternSet() = default;
const std::vector<PatternSet::Example>& PatternSet::examples() const { return impl_->examples; }
std::size_t PatternSet::size() const { return impl_->patterns.size(); }
bool PatternSet::knows(std::string_view program) const { return impl_->by_program.contains(program); }

// The first pattern of the group that holds, its groups in captured_.
const Pattern* PatternMatcher::match(const PatternGroup& group, std::string_view message,
                                     const FieldList& fields) {
  if (!group.set) return nullptr;
  hits_.clear();
  const re2::StringPiece text(message.data(), message.size());
  if (!group.set->Match(text, &hits_)) return nullptr;
  std::sort(hits_.begin(), hits_.end());
  for (const int hit : hits_) {
    const Pattern& pattern = *group.patterns[static_cast<std::size_t>(hit)];
    const std::size_t count = pattern.groups.size() + 1;
    re2::StringPiece captured[kPatternGroupsMax + 1];
    if (!pattern.regex->Match(text, 0, text.size(), RE2::UNANCHORED, captured, static_cast<int>(count)))
      continue;
    captured_.clear();
    for (std::size_t i = 0; i < count; ++i) captured_.push_back(view(captured[i]));
    if (!pattern.of_session()) return &pattern;
    const std::string_view session =
        pattern.session >= 0 ? captured_[static_cast<std::size_t>(pattern.session)] : "";
    key_ = session_key(pattern, session, fields);
    if (pattern.when == Pattern::When::kAlways) return &pattern;
    const auto known = sessions_.find(key_);
    if (known == sessions_.end()) continue;
    if (pattern.when == Pattern::When::kSuspect ? known->second.suspect : !known->second.fields.empty()) {
      return &pattern;
    }
  }
  return nullptr;
}

bool PatternMatcher::apply(std::string_view program, std::string_view message, FieldList& fields) {
  message = message.substr(0, PatternSet::kMessageBytesMax);
  time_ = {};
  const PatternSet::Impl& set = *set_.impl_;
  const Pattern* pattern = nullptr;
  if (program.empty()) {
    pattern = match(set.plain, message, fields);
  } else if (const auto known = set.by_program.find(program); known != set.by_program.end()) {
    pattern = match(*known->second, message, fields);
  }
  if (pattern == nullptr) pattern = match(set.every, message, fields);
  if (pattern == nullptr) return false;

  Session* kept = pattern->remember || pattern->suspect ? &session(key_) : nullptr;
  for (std::size_t i = 0; i < pattern->groups.size(); ++i) {
    const Pattern::Group& group = pattern->groups[i];
    const std::string_view value = captured_[i + 1];
    if (group.field.empty() || value.empty()) continue;
    if (kept != nullptr) {
      const auto same = std::find_if(kept->fields.begin(), kept->fields.end(),
                                     [&](const auto& other) { return other.first == group.field; });
      auto& place = same != kept->fields.end() ? *same : kept->fields.emplace_back(group.field, "");
      place.second = value.substr(0, kRememberedBytesMax);
    }
    if (group.address) {
      // Of two alternatives of one pattern the first counts.
      if (group.field != "source" || !fields.has("source.address")) fields.add_address(group.field, value);
    } else if (!fields.has(group.field)) {
      const bool number = group.number && parse_count(value).has_value();
      fields.add(group.field, value, number ? ValueKind::kNumber : ValueKind::kString);
    }
  }
  if (pattern->recall) {
    if (const auto found = sessions_.find(key_); found != sessions_.end()) recall(found->second, fields);
  }
  if (kept != nullptr && pattern->suspect) kept->suspect = true;
  if (pattern->when == Pattern::When::kSuspect) sessions_[key_].suspect = false;
  if (pattern->forget) {
    if (const auto found = sessions_.find(key_); found != sessions_.end()) found->second = {};
  }
  time_ = pattern->time >= 0 ? captured_[static_cast<std::size_t>(pattern->time)] : "";
  fields.add("event.module", pattern->service);
  fields.add("event.action", pattern->action);
  fields.add("event.category", pattern->category);
  fields.add("event.type", pattern->type);
  fields.add("event.outcome", pattern->outcome);
  if (!fields.has("event.reason")) fields.add("event.reason", pattern->reason);
  return true;
}

void PatternMatcher::recall(const Session& session, FieldList& fields) const {
  for (const auto& [name, value] : session.fields) {
    const bool side = name == "source" || name == "destination";
    if (side && (name != "source" || !fields.has("source.address"))) {
      fields.add_address(name, fields.keep(value));
    } else if (!side && !fields.has(name)) {
      fields.add(name, fields.keep(value));
    }
  }
}

PatternMatcher::Session& PatternMatcher::session(const std::string& key) {
  const auto [place, fresh] = sessions_.try_emplace(key);
  if (fresh) {
    order_.push_back(key);
    if (order_.size() > kSessionsMax) {
      sessions_.erase(order_.front());
      order_.pop_front();
      ++forgotten_;
    }
  }
  return place->second;
}

}  // namespace vedette::logs
