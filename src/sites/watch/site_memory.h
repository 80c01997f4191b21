// SiteMemory: what the watch remembers of one site between two checks, beside what it shows (Site).
// Stored as one JSON text with each check; about 1 KB. Plain value.
#pragma once

#include <string>
#include <vector>

#include "sites/judge/judge.h"
#include "sites/watch/availability.h"
#include "sites/watch/question.h"
#include "sites/watch/site.h"
#include "sites/watch/tls_watch.h"

namespace vedette::sites {

// Looks through a browser (render_watch.h).
struct ShownMemory {
  WallTime tried_at{}, at{}, kept_at{};  // last look, last that worked, last accepted picture kept
  std::string body;                      // SHA-256 of the raw page when it was last looked at
  std::string before_id, before_document_id, before_sha256,
      before_document_sha256;  // last accepted picture and document that were kept
  bool alarmed = false;        // the raw page's alarm has its picture
  bool accept = false;         // the operator approved the page: so is what it shows next
  int learned = 0;             // looks learnt from
  int doubts = 0;              // looks in a row that differed and were not whole
  int restless = 0;            // of the last looks as learnt, how many found other raw bytes
  WallTime script_at{};  // a script is another one since then, and no look has shown it; see render_due.h
  int calm = 0;          // looks in a row that a script asked for and that found nothing
  std::string failure;   // why the last look failed, in English
};

struct SiteMemory {
  std::string etag, last_modified;
  int conditional_in_row = 0;
  std::string body_sha256;               // of the last page that was judged
  std::int64_t body_bytes = 0;           // its size: what the next fetch will probably hold
  Verdict content = Verdict::kLearning;  // what the last page that counted was
  std::string reference_sha256;          // of the snapshot that findings show as "before"
  std::vector<std::string> origins;      // where this address ended up, and may; newest last, at most eight
  bool suspect = false;                  // a page alarmed and waits for its confirming fetch
  WallTime suspected_at{};               // when the fetch that saw it ended
  int unconfirmed = 0;                   // suspicions in a row that the second fetch did not confirm
  bool shell = false;                    // judged on the rendered DOM
  WallTime learned_at{}, kept_at{};      // profile last taught, page last kept
  AvailabilityState availability;
  TlsState tls;
  ShownMemory shown;
  OpenQuestions open;
};

// The part of Site that a check changes, and the memory, as JSON; and back. Unknown or missing members keep
// their defaults, so that an older row is readable.
std::string memory_to_json(const Site& site, const SiteMemory& memory);
Result<void> memory_from_json(std::string_view json, Site& site, SiteMemory& memory);

std::string_view to_string(SiteState state);
std::optional<SiteState> site_state_from(std::string_view text);
std::string_view to_string(RenderPolicy policy);
std::optional<RenderPolicy> render_policy_from(std::string_view text);

}  // namespace vedette::sites
