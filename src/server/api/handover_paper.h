// A handover as a document that is printed.
#pragma once

#include "desk/handover/handover.h"
#include "paper/document.h"

namespace vedette::server {

// Times in this IANA zone, which the paper names.
Result<paper::Document> handover_document(const desk::Handover& handover, Language language,
                                          const std::string& zone);

}  // namespace vedette::server
