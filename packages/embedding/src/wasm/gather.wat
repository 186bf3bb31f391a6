;; Copies rows that lie anywhere in a memory that threads share. All pointers are byte offsets.
(module
  (import "rows" "memory" (memory 1 65536 shared))

  ;; out[i] = the rowBytes bytes at addresses[i], for i < count.
  (func (export "gather")
    (param $addresses i32) (param $count i32) (param $rowBytes i32) (param $out i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (memory.copy (local.get $out) (i32.load (local.get $addresses)) (local.get $rowBytes))
        (local.set $addresses (i32.add (local.get $addresses) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (local.get $rowBytes)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))))
