// The judge: decides whether one fetch of a page differs from what was learnt in a way that needs a person.
//
// Pure functions, no I/O, thread-safe on different profiles. Four questions: was the page replaced? is there
// foreign code? is there hostile content? or is it an error, challenge or login page (availability, not
// defacement)? Input is hostile: size and depth are limited here, whatever the caller passes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/message.h"
#include "model/severity.h"

namespace vedette::sites {

enum class Verdict { kLearning, kOk, kWarn, kCritical, kUnavailable };
std::string_view to_string(Verdict verdict);

struct PageInput {
  std::string_view url;  // final URL: origins are relative to it
  int http_status = 200;
  std::string_view content_type;
  std::string_view body;  // as sent, decoded from its transfer coding
};

struct PageFinding {
  std::string kind;  // "page_replaced", "foreign_script", "hidden_link", "hostile_words", "meta_refresh", …
  Severity severity = Severity::kMedium;
  int confidence = 0;
  bool hostile = false;  // names an attacker's content, not only a difference
  bool at_once = false;  // strong words or a foreign frame: alert without waiting for the confirming fetch
  Message title, reason, next_step;
  std::string where, before, after;
  std::vector<std::string> attack;
};

struct Judgement {
  Verdict verdict = Verdict::kOk;
  bool shell = false;   // fewer than five stable blocks: to be judged on the rendered DOM
  int new_scripts = 0;  // inline scripts and handlers, and places of own scripts, that were never learnt
  std::vector<PageFinding> findings;
};

// What was learnt of one page; at most kProfileBytesMax when serialised.
class Profile {
 public:
  static constexpr std::size_t kProfileBytesMax = 16 * 1024;
  Profile();
  Profile(const Profile&);
  Profile(Profile&&) noexcept;
  Profile& operator=(Profile) noexcept;
  ~Profile();

  int learned() const;                  // fetches learnt from
  void learn(const PageInput& page);    // never call with an alarmed page that nobody approved
  void approve(const PageInput& page);  // the operator says: this version is right, for ever
  void ignore(std::string_view where);  // the operator says: never alarm on this element again
  Judgement judge(const PageInput& page, int learn_target) const;

  std::string serialize() const;
  static Result<Profile> parse(std::string_view bytes);

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace vedette::sites
