// CACAO Security Playbooks 2.0 (OASIS Committee Specification 01, 27 November 2023): our playbooks written in
// that form, and foreign ones read from it. Any thread.
//
// Written: start, one action with a manual command for each step, end; who is meant to do it is a group
// agent. What CACAO has no place for (phase, time, evidence, both languages, which alerts suggest it) stands
// in an extension of ours and is read back from there.
//
// Read: Vedette never runs a command of a playbook. Each action, condition, loop and call of another playbook
// becomes a task that says what a person is to do or to decide; branches follow one after the other, each
// step once.
#pragma once

#include "base/clock.h"
#include "desk/playbooks/playbook.h"
#include "model/message.h"

namespace vedette::desk {

struct CacaoLimits {
  static constexpr std::size_t kBytes = 512 * 1024, kWorkflowSteps = 200, kDepth = 32;
  static constexpr std::size_t kTitleBytes = 300, kTextBytes = 4'000;
};

// `language` is what a reader without our extension sees; `modified` not before the day this form was made.
std::string cacao_of(const Playbook& playbook, Language language, WallTime modified);

// kInvalid names the place ("workflow.action--….commands[0]") and what to do; kLimit: CacaoLimits.
Result<Playbook> playbook_from_cacao(std::string_view json);

// "<type>--<UUID version 5>", the same for the same name on every machine.
std::string cacao_id(std::string_view type, std::string_view name);

// The extension of ours, in writer and reader.
std::string cacao_extension_id();

}  // namespace vedette::desk
