/** The training plan, a record of every hyper-parameter, and the training loop. */
package io.github.lovaszdjl.training;
