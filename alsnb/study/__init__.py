"""Studies put together from the stages: releases, tasks, searches, models on one split."""
