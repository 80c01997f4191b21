// Question 1: is this still the page that was learnt?
//
// Several witnesses are heard, because each fails alone: an owner rewrites all texts but keeps links, origins
// and title; a redesign changes structure but keeps links and brand; a defacer's page shares none of them.
#pragma once

#include "sites/judge/profile.h"

namespace vedette::sites {

struct Continuity {
  double total = 1;      // 0: nothing of the page is left; 1: all is
  double text = 1;       // blocks and shingles
  double structure = 1;  // element paths
  double resources = 1;  // own assets, inline scripts, hosts
  double links = 1;      // own navigation
  double title = 1;      // stable words of the title, in the title or the text
  PresenceSet::Share blocks, paths;
  bool brand = true;      // a stable title word or the host's own name is still on the page
  bool judgeable = true;  // enough was learnt to say so
};

Continuity continuity(const Features& features, const Profile::Impl& profile);

}  // namespace vedette::sites
