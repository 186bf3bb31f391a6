;; Running sums of the bytes that ids stand for: sums[i] = lengths[ids[0]] + … + lengths[ids[i]], for i < count; the last one is the
;; result. `lengths` are 16 bits wide, sums 32. All pointers are byte offsets. An id of `size` or more counts as `size`: the table has an
;; entry for it.
(module
  (memory (export "memory") 1 65536)

  ;; Ids of 32 bits.
  (func (export "sumWide") (param $ids i32) (param $count i32) (param $lengths i32) (param $size i32) (param $sums i32) (result i32)
    (local $sum i32) (local $end i32) (local $id i32)
    (local.set $end (i32.add (local.get $ids) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $ids) (local.get $end)))
        (local.set $id (i32.load (local.get $ids)))
        (local.set $id
          (select (local.get $id) (local.get $size) (i32.lt_u (local.get $id) (local.get $size))))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u (i32.add (local.get $lengths) (i32.shl (local.get $id) (i32.const 1))))))
        (i32.store (local.get $sums) (local.get $sum))
        (local.set $ids (i32.add (local.get $ids) (i32.const 4)))
        (local.set $sums (i32.add (local.get $sums) (i32.const 4)))
        (br $next)))
    (local.get $sum))

  ;; Ids of 16 bits.
  (func (export "sumNarrow") (param $ids i32) (param $count i32) (param $lengths i32) (param $size i32) (param $sums i32) (result i32)
    (local $sum i32) (local $end i32) (local $id i32)
    (local.set $end (i32.add (local.get $ids) (i32.shl (local.get $count) (i32.const 1))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $ids) (local.get $end)))
        (local.set $id (i32.load16_u (local.get $ids)))
        (local.set $id
          (select (local.get $id) (local.get $size) (i32.lt_u (local.get $id) (local.get $size))))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.load16_u (i32.add (local.get $lengths) (i32.shl (local.get $id) (i32.const 1))))))
        (i32.store (local.get $sums) (local.get $sum))
        (local.set $ids (i32.add (local.get $ids) (i32.const 2)))
        (local.set $sums (i32.add (local.get $sums) (i32.const 4)))
        (br $next)))
    (local.get $sum)))
