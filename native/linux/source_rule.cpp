#include "source_rule.hpp"

#include <linux/fib_rules.h>

namespace calicomesos::kernel {
namespace {

constexpr uint32_t kPriority = 1000;  // before the main table's, 32766

}  // namespace

NlRule SourceRule::build() const {
  NlRule rule(rtnl_rule_alloc());
  const NlAddress source = nl_address(source_);
  rtnl_rule_set_family(rule.get(), source_.family());
  rtnl_rule_set_src(rule.get(), source.get());
  rtnl_rule_set_action(rule.get(), FR_ACT_TO_TBL);
  rtnl_rule_set_table(rule.get(), table_);
  rtnl_rule_set_prio(rule.get(), kPriority);
  return rule;
}

Request SourceRule::add() const {
  const NlRule rule = build();
  nl_msg* message = nullptr;
  const int code = rtnl_rule_build_add_request(rule.get(), NLM_F_CREATE | NLM_F_EXCL, &message);
  return Request("adding " + text_, code, message);
}

Request SourceRule::remove() const {
  const NlRule rule = build();
  nl_msg* message = nullptr;
  const int code = rtnl_rule_build_delete_request(rule.get(), 0, &message);
  return Request("deleting " + text_, code, message);
}

}  // namespace calicomesos::kernel
