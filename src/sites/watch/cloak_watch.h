// Cloak watch: are search robots, visitors from a search and phones shown what other visitors are shown?
// Pure.
//
// The page is fetched twice as an ordinary visitor, and once as each of the others. How much two ordinary
// visits differ (tokens, advertisements, carousels) is the measure: another visitor's page counts only where
// it has more that neither ordinary visit had, and then only when that holds an attacker's words, leads to
// hosts this page never named, ends on another domain, or is another page altogether. Phones may get a page
// of their own: for them only words and the domain count. Nothing is ever learnt from these pages.
// An error, challenge or login page says nothing about the content. A condition's `after` names the parts
// that only the other visitor got, each with its path in the page.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sites/judge/judge.h"
#include "sites/watch/question.h"

namespace vedette::sites {

enum class Visitor { kUser, kRobot, kFromSearch, kPhone };

struct Visit {
  Visitor visitor = Visitor::kUser;
  bool answered = false;  // a complete answer came
  int status = 0;
  std::string_view final_url, content_type, body;
};

struct VisitSeen {
  Visitor visitor = Visitor::kUser;
  int status = 0;
  bool judged = false;
  int extra_percent = 0;  // of its text: on neither page of an ordinary visitor
};

struct CloakRound {
  bool usable = false;   // both ordinary visits gave a page
  int user_percent = 0;  // by how much those two differ
  std::vector<VisitSeen> visits;
  std::vector<Condition> conditions;
  bool judged(Visitor visitor) const;
};

// `visits`: the first two are kUser.
CloakRound see_cloak(std::span<const Visit> visits, const Profile& profile, int learn_target,
                     const Asset& asset);

std::string_view agent_of(Visitor visitor);          // names the visitor in findings: "Googlebot"
std::string cloak_to_json(const CloakRound& round);  // {"show": …}

}  // namespace vedette::sites
